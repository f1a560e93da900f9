import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { modelFrom, said, warningsIn, type Written } from "./builders.ts";

describe("a service without a shared network", () => {
  const networks = { networks: { front: {}, back: {}, theirs: { external: true } } };
  const db = { networks: { back: { aliases: ["database", "db.example.org"] } }, hostname: "db-1" };
  const fix = "put both services on one network: app is on front, db on back";
  const cases: [title: string, app: object, expected: readonly string[]][] = [
    ["is fine where it is only depended on, which is an order", { depends_on: ["db"] }, []],
    [
      "is warned of once where it is depended on and named",
      { depends_on: ["db"], environment: { DATABASE_URL: "postgresql://u:p@db:5432/x" } },
      [`environment.DATABASE_URL: ${fix}`],
    ],
    ["is warned of where it is linked to", { links: ["db:database"] }, [`links.0: ${fix}`]],
    [
      "is fine where it is waited for to end",
      { depends_on: { db: { condition: "service_completed_successfully" } } },
      [],
    ],
    ["is fine where only its volumes are wanted", { volumes_from: ["db"] }, []],
    [
      "is warned of by a URL that may be a browser's",
      { environment: { SITE: "https://db/" } },
      [`environment.SITE: ${fix}`],
    ],
    [
      "is warned of once where it is named and linked to",
      { environment: { API: "http://db:80" }, links: ["db"] },
      [`environment.API: ${fix}`],
    ],
    ["is warned of in a command", { command: ["serve", "--db=redis://db"] }, [`command.1: ${fix}`]],
    ["is warned of by its alias", { environment: { URL: "redis://database" } }, [`environment.URL: ${fix}`]],
    [
      "is warned of by its host's name",
      { environment: { URL: "redis://db-1" } },
      [`environment.URL: ${fix}`],
    ],
    ["may be known to the world", { environment: { URL: "https://db.example.org" } }, []],
    ...["DB_HOST", "PGHOST", "CACHE_HOSTNAME"].map((variable): (typeof cases)[number] => [
      `is warned of by the variable ${variable}`,
      { environment: { [variable]: "db" } },
      [`environment.${variable}: ${fix}`],
    ]),
    [
      "is warned of by a variable with a port",
      { environment: { DB_HOST: "db:5432" } },
      [`environment.DB_HOST: ${fix}`],
    ],
    ["is no variable of another kind", { environment: { KIND: "db", IMAGE: "db:16" } }, []],
    [
      "may be another's on a network of others",
      { environment: { URL: "redis://db" }, networks: ["theirs"] },
      ["environment.URL: put both services on one network: app is on theirs, db on back"],
    ],
    ...[
      ["host", "the host's"],
      ["none", "none"],
      ["bridge", "the engine's own bridge"],
    ].map(([mode = "", called = ""]): (typeof cases)[number] => [
      `is not known by name with network_mode ${mode}, though it may be waited for`,
      { networks: undefined, network_mode: mode, environment: { URL: "postgresql://db:5432/x" } },
      [`environment.URL: put both services on one network: app is on ${called}, db on back`],
    ]),
    [
      "may be waited for with a network mode",
      { networks: undefined, network_mode: "host", depends_on: ["db"] },
      [],
    ],
    [
      "is fine in its own network",
      { networks: undefined, network_mode: "service:db", environment: { DB_HOST: "db" } },
      [],
    ],
    ["may have its address said", { environment: { DB_HOST: "db" }, extra_hosts: ["db:10.0.0.9"] }, []],
  ];
  for (const [title, app, expected] of cases)
    test(title, () => {
      const services = { db: { image: "db", ...db }, app: { image: "app", networks: ["front"], ...app } };
      assert.deepEqual(
        warningsIn(modelFrom({ services, ...networks })).map(
          ({ name, path, fix }) => `${name} ${path}: ${fix}`,
        ),
        expected.map((each) => `no-shared-network services.app.${each}`),
      );
    });
});

test("a service with capitals in its name is found among several URLs", () => {
  const services = {
    Data: { image: "data", networks: ["back"] },
    app: { image: "app", environment: { UPSTREAMS: "http://example.org:80,redis://Data:8000" } },
  };
  const [warning, ...others] = warningsIn(modelFrom({ services, networks: { back: {} } }));
  assert.deepEqual(others, []);
  assert.deepEqual(warning, {
    kind: "warning",
    name: "no-shared-network",
    service: "app",
    path: "services.app.environment.UPSTREAMS",
    message: "`app` calls `Data`, and they share no network",
    fix: "put both services on one network: app is on default, Data on back",
  });
});

describe("no shared network is missed by", () => {
  const healthy = { image: "db", networks: ["backend"], healthcheck: { test: ["CMD", "true"] } };
  const more = { networks: { frontend: null, backend: { internal: true } }, volumes: { data: null } };
  const fine: [title: string, services: Written][] = [
    [
      "an order among services that share a volume, and no network",
      {
        db: { ...healthy, volumes: ["data:/data"] },
        app: { image: "app", networks: ["frontend"], depends_on: ["db"], volumes: ["data:/in:ro"] },
      },
    ],
    [
      "an order among services that share another's volumes, and no network",
      {
        db: healthy,
        app: {
          image: "app",
          networks: ["frontend"],
          depends_on: { db: { condition: "service_healthy" } },
          volumes_from: ["db"],
        },
      },
    ],
    [
      "a host of which the service itself says the address",
      {
        db: healthy,
        app: { image: "app", extra_hosts: ["db=10.0.0.9"], environment: { URL: "postgresql://db/x" } },
      },
    ],
    ...[
      { networks: { frontend: { aliases: ["db"] } } },
      { networks: ["frontend"], hostname: "db" },
      { networks: ["frontend"], container_name: "db" },
    ].map((proxy): [title: string, services: Written] => [
      `a host that is the ${Object.keys(proxy).join(" and ")} of another service, which it reaches`,
      {
        db: healthy,
        proxy: { image: "proxy", ...proxy },
        app: { image: "app", networks: ["frontend"], environment: { URL: "postgresql://db/x" } },
      },
    ]),
    [
      "a host that is a link's name for another service, which it reaches",
      {
        db: healthy,
        proxy: { image: "proxy" },
        app: { image: "app", links: ["proxy:db"], environment: { URL: "postgresql://db/x" } },
      },
    ],
    [
      "a URL of a service in the network of one that it reaches",
      {
        db: healthy,
        shell: { image: "shell", network_mode: "service:db" },
        app: { image: "app", network_mode: "service:shell", environment: { URL: "postgresql://db/x" } },
      },
    ],
    [
      "a URL of a service with network_mode container:other, where others may answer",
      {
        db: healthy,
        app: { image: "app", network_mode: "container:other", environment: { URL: "postgresql://db/x" } },
      },
    ],
  ];
  for (const [title, services] of fine)
    test(title, () => {
      assert.deepEqual(warningsIn(modelFrom({ services, ...more })), []);
    });
});

test("two keys of one network on the engine are one network", () => {
  const services = {
    db: { image: "db", networks: ["theirs"] },
    app: { image: "app", networks: ["ours"], environment: { URL: "postgresql://db:5432/x" } },
  };
  const named = (ours: Written, theirs: Written) =>
    said(warningsIn(modelFrom({ services, networks: { ours, theirs } })));
  const apart = ["services.app.environment.URL: `app` calls `db`, and they share no network"];
  assert.deepEqual(named({ external: true, name: "proxy" }, { external: true, name: "proxy" }), []);
  assert.deepEqual(named({ name: "one" }, { external: true, name: "one" }), []);
  assert.deepEqual(named({}, { external: true, name: "ours" }), apart);
  assert.deepEqual(named({ external: true }, {}), apart);
});
