import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mistake } from "../../components/findings/finding.ts";
import { overlay, reset } from "../../components/model/overlay.ts";
import type { Service } from "../../components/compose-spec/service.ts";
import { modelOf } from "../../components/model/model.ts";
import { definitions, said, type Written } from "./builders.ts";

/** One service's definition with another laid over it. */
function laid(base: Written, over: Written): Service | undefined {
  return overlay(definitions({ services: { app: base } }), definitions({ services: { app: over } })).services
    ?.app;
}

test("an override of the seed's kind changes, adds and appends", () => {
  const base = {
    build: { context: "./src/architect" },
    environment: { DATABASE_PATH: "/data/architect.db", LOG_LEVEL: "info" },
    networks: ["super-team-net"],
    volumes: ["architect-data:/data"],
  };
  const over = {
    environment: { LOG_LEVEL: "debug", CONTRACT_ENGINE_URL: "http://contract-engine:8000" },
    depends_on: { "contract-engine": { condition: "service_healthy" } },
    networks: ["frontend"],
  };
  assert.deepEqual(laid(base, over), {
    build: { context: "./src/architect" },
    environment: {
      DATABASE_PATH: "/data/architect.db",
      LOG_LEVEL: "debug",
      CONTRACT_ENGINE_URL: "http://contract-engine:8000",
    },
    networks: { "super-team-net": null, frontend: null },
    volumes: [{ type: "volume", source: "architect-data", target: "/data" }],
    depends_on: { "contract-engine": { condition: "service_healthy" } },
  });
});

const rules: [title: string, base: Written, over: Written, result: Written][] = [
  ["a scalar replaces", { restart: "always" }, { restart: "no" }, { restart: "no" }],
  [
    "a mapping merges deeply",
    { deploy: { resources: { limits: { memory: "1G", cpus: 1 } } } },
    { deploy: { resources: { limits: { memory: "2G" }, reservations: { memory: "1G" } } } },
    { deploy: { resources: { limits: { memory: "2G", cpus: 1 }, reservations: { memory: "1G" } } } },
  ],
  [
    "part of a health check leaves the rest",
    { healthcheck: { test: ["CMD", "a"], interval: "10s", retries: 3 } },
    { healthcheck: { retries: 9 } },
    { healthcheck: { test: ["CMD", "a"], interval: "10s", retries: 9 } },
  ],
  [
    "a health check's test is replaced whole",
    { healthcheck: { test: ["CMD", "a", "b"] } },
    { healthcheck: { test: ["CMD", "c"] } },
    { healthcheck: { test: ["CMD", "c"] } },
  ],
  ["a command is replaced whole", { command: ["a", "b"] }, { command: ["c"] }, { command: ["c"] }],
  ["an entrypoint is replaced whole", { entrypoint: ["a"] }, { entrypoint: ["b"] }, { entrypoint: ["b"] }],
  ["a sequence appends", { cap_add: ["A"] }, { cap_add: ["B"] }, { cap_add: ["A", "B"] }],
  [
    "a sequence does not repeat itself",
    { dns: ["1.1.1.1"] },
    { dns: ["1.1.1.1", "8.8.8.8"] },
    { dns: ["1.1.1.1", "8.8.8.8"] },
  ],
  [
    "a port replaces the one with its container port",
    { ports: ["8001:8000", "9000:9000"] },
    { ports: ["127.0.0.1:18001:8000"] },
    { ports: ["9000:9000", "127.0.0.1:18001:8000"] },
  ],
  [
    "a port without a host port replaces one with a host port",
    { ports: ["8001:8000"] },
    { ports: ["8000"] },
    { ports: ["8000"] },
  ],
  [
    "a port of another protocol is another port",
    { ports: ["53:53/tcp"] },
    { ports: ["53:53/udp"] },
    { ports: ["53:53/tcp", "53:53/udp"] },
  ],
  [
    "a port replaces the one with its container port, also where one of them does not write its protocol",
    { ports: [{ target: 80, published: "1", protocol: "tcp" }] },
    { ports: ["2:80"] },
    { ports: ["2:80"] },
  ],
  [
    "one container port may be published twice by the override",
    { ports: ["1:80"] },
    { ports: ["2:80", "3:80"] },
    { ports: ["2:80", "3:80"] },
  ],
  [
    "a volume replaces the one with its target",
    { volumes: ["pgdata:/data", "other:/other"] },
    { volumes: ["pgdata-test:/data"] },
    { volumes: ["other:/other", "pgdata-test:/data"] },
  ],
  [
    "a config replaces the one with its target",
    { configs: [{ source: "a", target: "/etc/app.yml" }] },
    { configs: [{ source: "b", target: "/etc/app.yml" }] },
    { configs: [{ source: "b", target: "/etc/app.yml" }] },
  ],
  [
    "joining a network again keeps its attributes",
    { networks: { backend: { aliases: ["db"] } } },
    { networks: { backend: null, frontend: null } },
    { networks: { backend: { aliases: ["db"] }, frontend: null } },
  ],
  [
    "a build's target stands alone",
    { build: { context: "./app", dockerfile: "Dockerfile" } },
    { build: { target: "development" } },
    { build: { context: "./app", dockerfile: "Dockerfile", target: "development" } },
  ],
  ["an image replaces a build", { build: { context: "." } }, { image: "app:2" }, { image: "app:2" }],
  ["a build replaces an image", { image: "app:1" }, { build: { context: "." } }, { build: { context: "." } }],
  [
    "an image and a build together name what is built",
    { image: "app:1" },
    { image: "app:2", build: { context: "." } },
    { image: "app:2", build: { context: "." } },
  ],
  [
    "another log driver comes without the options of the old one",
    { logging: { driver: "json-file", options: { "max-size": "10m" } } },
    { logging: { driver: "local" } },
    { logging: { driver: "local" } },
  ],
  [
    "options of the same log driver merge",
    { logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } } },
    { logging: { options: { "max-size": "1m" } } },
    { logging: { driver: "json-file", options: { "max-size": "1m", "max-file": "3" } } },
  ],
  ["nothing changes nothing", { image: "a", ports: ["80"] }, {}, { image: "a", ports: ["80"] }],
];

describe("laid over a definition,", () => {
  for (const [title, base, over, result] of rules) {
    test(title, () => {
      assert.deepEqual(laid(base, over), definitions({ services: { app: result } }).services?.app);
    });
  }

  test("a new network stands beside the old ones", () => {
    const base = definitions({ networks: { backend: { internal: true } } });
    assert.deepEqual(overlay(base, definitions({ networks: { tools: null } })).networks, {
      backend: { internal: true },
      tools: {},
    });
  });

  test("a config and a secret have the content of the override alone", () => {
    const base = definitions({
      configs: { page: { file: "./page.html", name: "page" } },
      secrets: { password: { environment: "PASSWORD" } },
    });
    const over = definitions({
      configs: { page: { content: "hello" } },
      secrets: { password: { content: "${password}" }, url: { content: "redis://:${password}@redis" } },
    });
    const { configs, secrets } = overlay(base, over);
    assert.deepEqual(configs, { page: { content: "hello", name: "page" } });
    assert.deepEqual(secrets, over.secrets);
  });

  test("names are people's own, also those that every object has", () => {
    const { services } = overlay(
      definitions({ services: {} }),
      definitions({ services: { constructor: { image: "app" } } }),
    );
    assert.deepEqual(services, { constructor: { image: "app" } });
    assert.deepEqual(laid({ environment: {} }, { environment: { toString: "1" } })?.environment, {
      toString: "1",
    });
  });

  test("an override leaves what it was laid over as it was", () => {
    const base = definitions({ services: { app: { environment: { A: "1" }, ports: ["80"] } } });
    const before = structuredClone(base);
    overlay(base, definitions({ services: { app: { environment: { A: "2" }, ports: ["1:80", "81"] } } }));
    assert.deepEqual(base, before);
  });

  test("the same override twice is the override once", () => {
    for (const [, base, over] of rules) {
      const once = overlay(
        definitions({ services: { app: base } }),
        definitions({ services: { app: over } }),
      );
      assert.deepEqual(overlay(once, definitions({ services: { app: over } })), once);
    }
  });
});

describe("reset", () => {
  const base = definitions({
    services: {
      postgres: { image: "postgres", ports: ["5432:5432"], networks: ["backend", "tools"] },
      app: {
        image: "app",
        labels: { "traefik.enable": "true", plain: "1" },
        environment: { A: "1", B: "2" },
      },
    },
  });

  test("takes a key away", () => {
    const { definitions: result, mistakes } = reset(base, ["postgres.ports"], "file");
    assert.deepEqual(mistakes, []);
    assert.deepEqual(result.services?.postgres, {
      image: "postgres",
      networks: { backend: null, tools: null },
    });
  });

  test("takes one entry of a mapping away", () => {
    const { definitions: result } = reset(base, ["app.environment.A", "postgres.networks.tools"], "file");
    assert.deepEqual(result.services?.app?.environment, { B: "2" });
    assert.deepEqual(result.services.postgres?.networks, { backend: null });
  });

  test("takes an entry away whose own name has dots", () => {
    const { definitions: result, mistakes } = reset(base, ["app.labels.traefik.enable"], "file");
    assert.deepEqual(mistakes, []);
    assert.deepEqual(result.services?.app?.labels, { plain: "1" });
  });

  test("takes a whole service away", () => {
    assert.deepEqual(Object.keys(reset(base, ["postgres"], "file").definitions.services ?? {}), ["app"]);
  });

  test("leaves what it was given as it was", () => {
    const before = structuredClone(base);
    reset(base, ["postgres.ports"], "file");
    assert.deepEqual(base, before);
  });

  test("of what is not there is a mistake each, with the nearest name", () => {
    const paths = ["postgres.portss", "postgers.ports", "postgres.image.tag", "app.constructor"];
    const { mistakes } = reset(base, paths, "Pulumi.dev.yaml");
    assert.deepEqual(
      said(mistakes),
      paths.map((path, index) => `reset.${index}: \`${path}\` names nothing that the stack defines`),
    );
    assert.equal(mistakes[0]?.fix, "did you mean `ports`?");
    assert.match(mistakes[1]?.fix ?? "", /`postgres`/);
    assert.ok(mistakes.every((mistake) => mistake.file === "Pulumi.dev.yaml"));
  });
});

describe("a stack", () => {
  const definition = {
    tiers: [
      {
        name: "infra",
        definitions: definitions({ services: { postgres: { image: "postgres", ports: ["5432:5432"] } } }),
      },
      {
        name: "generated",
        definitions: definitions({ services: { auth: { image: "auth" } } }),
        file: "generated.yml",
      },
    ],
    secrets: [],
  };
  const over = (services: Written, resets: string[] = []) => ({
    file: "Pulumi.dev.yaml",
    definitions: definitions({ services }),
    reset: resets,
  });

  test("is its tiers side by side, in their order, with the stack config over them", () => {
    const { model, mistakes } = modelOf({
      ...definition,
      override: over({ auth: { image: "auth:2" } }),
    });
    assert.deepEqual(mistakes, []);
    assert.deepEqual(model.tiers, [
      { name: "infra", services: ["postgres"], networks: [], volumes: [] },
      { name: "generated", services: ["auth"], networks: [], volumes: [] },
    ]);
    assert.equal(model.services.auth?.image, "auth:2");
    assert.equal(model.services.postgres?.image, "postgres");
  });

  test("is reset before it is laid over", () => {
    const override = over({ postgres: { ports: ["6000:6000"] } }, ["postgres.ports"]);
    assert.deepEqual(modelOf({ ...definition, override }).model.services.postgres?.ports, [
      { target: 6000, published: "6000" },
    ]);
  });

  test("builds an image for every service that names the image, unless stack config takes the build away", () => {
    const services = {
      web: { image: "shop", build: "web" },
      worker: { image: "shop" },
      other: { image: "x" },
    };
    const tiers = [{ name: "all", definitions: definitions({ services }) }];
    const builds = (override = over({})) =>
      Object.entries(modelOf({ tiers, secrets: [], override }).model.services).flatMap(([name, { build }]) =>
        build === undefined ? [] : [`${name}: ${build.context ?? ""}`],
      );
    assert.deepEqual(builds(), ["web: web", "worker: web"]);
    assert.deepEqual(builds(over({ worker: { image: "registry.example/shop:2" } })), ["web: web"]);
    assert.deepEqual(builds(over({ web: { image: "registry.example/shop:2" } })), []);
  });

  test("does not get a service that the stack config overrides and no tier has", () => {
    const { model, mistakes } = modelOf({
      ...definition,
      override: over({ postgers: { image: "x" } }),
    });
    assert.deepEqual(mistakes, [
      mistake("unknown-service", {
        file: "Pulumi.dev.yaml",
        path: "services.postgers",
        message: "there is no service `postgers` to override",
        fix: "did you mean `postgres`?",
      }),
    ]);
    assert.deepEqual(Object.keys(model.services), ["postgres", "auth"]);
  });

  test("cannot have two tiers with a service of one name", () => {
    const again = {
      name: "more",
      definitions: definitions({ services: { auth: { image: "x" } } }),
      file: "more.yml",
    };
    const { mistakes } = modelOf({ ...definition, tiers: [...definition.tiers, again], override: over({}) });
    assert.deepEqual(said(mistakes), [
      "services.auth: the tier generated has a service of this name already",
    ]);
    assert.equal(mistakes[0]?.file, "more.yml");
  });

  test("may have no services at all", () => {
    const { model, mistakes } = modelOf({ tiers: [], override: over({}), secrets: [] });
    assert.deepEqual(mistakes, []);
    assert.deepEqual(model.services, {});
  });
});
