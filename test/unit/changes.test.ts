import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { recordOf, stackBefore, type Before, type StateResource } from "../../components/changes/before.ts";
import { changesBetween, type Changes, type Observed } from "../../components/changes/changes.ts";
import { describeChanges, sentences, verdict } from "../../components/changes/sentences.ts";
import { driftInSwarm } from "../../components/changes/swarm-drift.ts";
import { routeName } from "../../components/compose-spec/route.ts";
import { planOf, type Plan, type PlanOptions } from "../../components/plan/plan.ts";
import { describeRoute } from "../../components/plan/route.ts";
import { planForSwarm } from "../../components/plan/swarm.ts";
import { modelFrom, options, type Written } from "./builders.ts";

const traefik = { image: "traefik:1" };
const routed = { image: "app:1", "x-route": { prefix: "/api/app", port: 80 } };

type Stack = Partial<Record<"services" | "networks" | "volumes" | "configs", Written>>;

function planFrom(stack: Stack, more: Partial<PlanOptions> = {}): Plan {
  const { services = {}, ...rest } = stack;
  const model = modelFrom({ services: { traefik, ...services }, ...rest }, { gateway: "traefik" });
  return planOf(model, { ...options, ...more });
}

function routesOf({ services }: Plan): Record<string, string> {
  return Object.fromEntries(
    services.flatMap(({ route, name, containers }) =>
      route === undefined || containers.length === 0
        ? []
        : [[routeName(route), describeRoute(route, name)] as const],
    ),
  );
}

/** What the state says of a plan that has come up. */
function stateOf(plan: Plan): StateResource[] {
  const label = (name: string, value: string) => ({ label: `com.docker.compose.${name}`, value });
  const urn = (name: string) => `urn:pulumi:dev::shop::type::${name}`;
  return [
    {
      urn: urn("shop"),
      type: "pulumi-compose:index:Project",
      outputs: {
        project: "shop",
        volumes: Object.fromEntries(Object.entries(plan.volumes).map(([key, { name }]) => [key, name])),
      },
    },
    {
      urn: urn("shop"),
      type: "pulumi-compose:index:Gateway",
      outputs: { routes: routesOf(plan) },
    },
    ...Object.keys(plan.networks).map((key) => ({
      urn: urn(key),
      type: "docker:index/network:Network",
      outputs: { labels: [label("project", "shop"), label("network", key)] },
    })),
    ...plan.services.flatMap((service) => [
      {
        urn: urn(service.name),
        type: "pulumi-compose:index:Service",
        outputs: { project: "shop", record: JSON.stringify(recordOf(service)) },
      },
      ...service.containers.map(({ name }) => ({
        urn: urn(name),
        type: "docker:index/container:Container",
        outputs: { labels: [label("project", "shop"), label("service", service.name)] },
      })),
    ]),
  ];
}

interface Around extends Partial<Observed> {
  /** Services of which every container is made anew; default those whose revision is another one. */
  readonly anew?: readonly string[];
}

/** The changes between two stacks: Pulumi makes anew what has another revision. */
function changes(was: Plan | Before, is: Plan, { anew, ...observed }: Around = {}): Changes {
  const before = "tiers" in was ? stackBefore("shop", stateOf(was)) : was;
  const replaced = is.services.filter(({ name, revision }) =>
    anew === undefined ? before.services[name]?.record?.revision !== revision : anew.includes(name),
  );
  return changesBetween(before, is, {
    made: [
      ...replaced.flatMap(({ containers }) => containers.map(({ name }) => name)),
      ...is.services.flatMap(({ name, containers }) =>
        containers.slice(before.services[name]?.containers ?? 0).map((container) => container.name),
      ),
    ],
    networksMade: Object.keys(is.networks).filter((key) => !before.networks.includes(key)),
    imagesMade: [],
    secrets: [],
    drift: {},
    starts: {},
    routes: routesOf(is),
    routesFromFiles: true,
    ...observed,
  });
}

/** The words of a change of the service `app`, whatever else a stack has. */
function words(was: Written, is: Written, around: Around = {}): string[] {
  return sentences(
    changes(planFrom({ services: { app: was } }), planFrom({ services: { app: is } }), around),
  );
}

const nothing = stackBefore("shop", []);

test("a stack that stays as it is has no words", () => {
  const plan = planFrom({ services: { app: routed } });
  assert.equal(describeChanges(changes(plan, plan)), "");
  assert.equal(verdict(changes(plan, plan)), "nothing changes");
});

test("a new stack is told by its numbers, and by the ports that it opens", () => {
  const plan = planFrom({
    services: { app: { ...routed, ports: ["8080:80", "127.0.0.1:9000:90"], volumes: ["data:/data"] } },
    volumes: { data: null },
  });
  assert.equal(
    describeChanges(changes(nothing, plan)),
    [
      "2 services added, no data touched",
      "the stack is new: 2 services, 1 network, 1 volume, 1 route",
      "port 8080 opens to the world (app)",
    ].join("\n"),
  );
});

test("a new stack that finds a volume of its name says so", () => {
  const plan = planFrom({
    services: { app: { ...routed, volumes: ["data:/data"] } },
    volumes: { data: null },
  });
  assert.match(
    describeChanges(changes(nothing, plan, { volumes: ["shop_data"] })),
    /all data kept\n.*\nvolume shop_data is there already, and is taken up again with its data$/,
  );
});

describe("a service", () => {
  test("that is replaced says how, and which keys have changed", () => {
    assert.deepEqual(words(routed, { ...routed, image: "app:2", environment: { TTL: "1" } }), [
      "app is replaced start-first, without a gap (the gateway moves its traffic over)",
      "  image app:1 → app:2",
      "  environment.TTL added: 1",
    ]);
  });

  test("that is replaced stop-first says how long the gap was", () => {
    const [sentence] = words({ image: "app:1" }, { image: "app:2" }, { starts: { app: 3.7 } });
    assert.equal(sentence, "app is replaced stop-first, with a gap of about 4 s (no route leads to it)");
  });

  test("behind a gateway that follows labels loses a few requests", () => {
    const [sentence] = words(routed, { ...routed, image: "app:2" }, { routesFromFiles: false });
    assert.equal(
      sentence,
      "app is replaced start-first, with a few failed requests while the gateway follows labels " +
        "(the gateway moves its traffic over)",
    );
  });

  test("on a network that is made anew has a gap, and on a new network has none", () => {
    const on = (subnet: string, extra: string[] = []) =>
      planFrom({
        services: { app: { ...routed, networks: ["inside", ...extra] } },
        networks: {
          inside: { ipam: { config: [{ subnet }] } },
          ...Object.fromEntries(extra.map((name) => [name, null])),
        },
      });
    const [was, is] = [on("10.5.0.0/16"), on("10.6.0.0/16")];
    assert.deepEqual(sentences(changes(was, is, { anew: ["app"], networksMade: ["inside"] })), [
      "app is replaced stop-first, with a gap (its network inside is made anew)",
      "network inside is made anew: what is on the network stops first",
    ]);
    assert.deepEqual(sentences(changes(was, on("10.5.0.0/16", ["more"]))), [
      "app is replaced start-first, without a gap (the gateway moves its traffic over)",
      "  networks added: more",
      "network more is new",
    ]);
  });

  test("in a swarm that was removed or scaled by hand is put right, and nothing else is said of it", () => {
    const plan = planForSwarm(
      planFrom({ services: { app: { ...routed, deploy: { replicas: 2 } }, db: { image: "db:1" } } }),
      modelFrom({ services: {} }),
    );
    const service = (name: string, tasks: number) => {
      const record = plan.services.find((one) => one.name === name);
      return { containers: tasks, ...(record === undefined ? {} : { record: recordOf(record) }) };
    };
    const before = {
      ...{ ...nothing, networks: Object.keys(plan.networks), routes: routesOf(plan) },
      services: { app: service("app", 2), db: service("db", 1), traefik: service("traefik", 1) },
    };
    const said = (wanted: Readonly<Record<string, number | undefined>>, changed: readonly string[] = []) => {
      const drift = driftInSwarm(before, wanted, changed);
      return describeChanges(changes(before, plan, { inSwarm: true, anew: [], networksMade: [], drift }));
    };
    assert.equal(said({ app: 2, db: 1, traefik: 1 }), "");
    assert.equal(said({ app: 2, db: 1, traefik: undefined }), "", "one on each node");
    assert.match(
      said({ app: 2, db: 1, traefik: 1 }, ["db"]),
      /^db was changed since the last up: `up` mends that, the service is changed back$/m,
    );
    assert.equal(
      said({ app: 1, traefik: 1 }),
      [
        "2 services drifted, no data touched",
        "app was scaled 2 → 1: `up` mends that, the service is scaled back",
        "db is gone from the swarm: `up` mends that, the service is made again",
      ].join("\n"),
    );
  });

  test("in a swarm has a gap where a key of it is fixed for life", () => {
    const lost = (was: Written, is: Written) =>
      words({ ...routed, ...was }, { ...routed, ...is }, { inSwarm: true })[0];
    for (const [was, is, key] of [
      [{}, { labels: { team: "web" } }, "labels.team"],
      [
        { networks: { default: { aliases: ["a"] } } },
        { networks: { default: { aliases: ["b"] } } },
        "networks.default.aliases",
      ],
      [{}, { extra_hosts: ["db=10.0.0.1"] }, "extra_hosts"],
      [{}, { sysctls: { "net.core.somaxconn": "1024" } }, "sysctls.net.core.somaxconn"],
      [{}, { deploy: { mode: "global" } }, "deploy.mode"],
    ] as const)
      assert.ok(
        lost(was, is)?.startsWith(
          `app is replaced stop-first, with a gap (a swarm's service has its ${key} for life, and is made anew)`,
        ),
      );
    assert.doesNotMatch(lost({}, { environment: { A: "1" } }) ?? "", /for life/);
  });

  test("of several containers says how many are exchanged at a time", () => {
    const [sentence] = words({ ...routed, scale: 3 }, { ...routed, scale: 3, image: "app:2" });
    assert.match(sentence ?? "", /without a gap, 1 at a time/);
    const two = { image: "app:1", scale: 2 };
    const turns = changes(
      planFrom({ services: { app: two } }),
      planFrom({ services: { app: { ...two, image: "app:2" } } }),
    );
    assert.equal(verdict(turns), "1 service replaced in turns, no data touched");
    assert.equal(
      sentences(turns)[0],
      "app is replaced stop-first, in turns, 1 at a time while the others serve (no route leads to it)",
    );
    const alone = words({ image: "app:1" }, { ...two, image: "app:2" })[0] ?? "";
    assert.match(alone, /stop-first, with a gap, 1 at a time \(.*, and is scaled 1 → 2$/);
  });

  test("is scaled, and is replaced and scaled", () => {
    assert.deepEqual(words(routed, { ...routed, scale: 3 }), ["app is scaled 1 → 3"]);
    assert.match(words(routed, { ...routed, scale: 3, image: "app:2" })[0] ?? "", /, and is scaled 1 → 3$/);
    assert.deepEqual(words(routed, { ...routed, scale: 0 }), [
      "app is scaled 1 → 0",
      "route app is gone: /api/app/* → http://app:80/*",
    ]);
  });

  test("that is added, removed or renamed", () => {
    const volumes = { data: null };
    const app = { image: "app:1", volumes: ["data:/data"] };
    const one = planFrom({ services: { app }, volumes });
    const other = planFrom({ services: { site: app }, volumes });
    const none = planFrom({ services: {} });
    assert.deepEqual(sentences(changes(none, one, { volumes: [] })), [
      "app is added",
      "  begins with an empty volume shop_data",
    ]);
    assert.deepEqual(sentences(changes(one, none)), [
      "app is removed",
      "  its data stays in shop_data",
      "volume shop_data is left behind with its data: no `up` removes it",
    ]);
    assert.deepEqual(sentences(changes(one, other)), [
      "site takes the place of app, which is renamed",
      "  takes up again the data in shop_data",
    ]);
    assert.equal(verdict(changes(one, other)), "1 service renamed, all data kept");
    const two = planFrom({ services: { a: { image: "app:1" }, b: { image: "app:1", hostname: "b" } } });
    const renamed = changes(two, planFrom({ services: { c: { image: "app:1", hostname: "b" } } }));
    assert.deepEqual(sentences(renamed), ["c takes the place of b, which is renamed", "a is removed"]);
  });

  test("that is a job runs, and runs again", () => {
    const app = { image: "app", depends_on: { job: { condition: "service_completed_successfully" } } };
    const job = (image: string) => planFrom({ services: { app, job: { image } } });
    assert.deepEqual(sentences(changes(job("a:1"), job("a:2"))), [
      "job is a job and runs again",
      "  image a:1 → a:2",
    ]);
    assert.deepEqual(sentences(changes(planFrom({ services: { app: { image: "app" } } }), job("a:1"))), [
      "job is a new job and runs",
      "app is replaced stop-first, with a gap (no route leads to it)",
      "  depends_on.job.condition added: service_completed_successfully",
    ]);
    assert.equal(verdict(changes(job("a:1"), job("a:2"))), "1 job run again, no data touched");
  });

  test("that is built says so, and not the hash in the tag", () => {
    const built = (hash: string) =>
      planFrom({ services: { app: { build: "." } } }, { buildHashes: { app: hash } });
    assert.deepEqual(sentences(changes(built("1"), built("2"))), [
      "app is replaced stop-first, with a gap (no route leads to it); its image is built",
      "  what its image is built from has changed",
    ]);
  });

  test("whose definition is the same says why it is replaced", () => {
    const reason = (app: Written, around: Around, more: Written = {}) => {
      const plan = planFrom({ services: { app, ...more } });
      return sentences(changes(plan, plan, { anew: ["app"], ...around })).at(-1);
    };
    const secret = { image: "app", environment: { A: "${dbPassword}", B: "$PATH ${HOME}" } };
    assert.equal(
      reason(secret, { secrets: ["dbPassword", "other"] }),
      "  a secret that it uses has changed: dbPassword",
    );
    const file = {
      ...{ image: "app", secrets: [{ source: "key", target: "/run/secrets/key" }] },
    };
    const known = planFrom({ services: { app: file } });
    const put = { target: "/run/secrets/key", content: "${file_0123456789ab}", mode: "0444" };
    const elsewhere = {
      ...known,
      services: known.services.map((one) => (one.name === "app" ? { ...one, files: [put] } : one)),
    };
    assert.equal(
      sentences(changes(elsewhere, elsewhere, { anew: ["app"], secrets: ["file_0123456789ab"] })).at(-1),
      "  a secret that it uses has changed: /run/secrets/key",
    );
    assert.equal(reason({ image: "app" }, { imagesMade: ["app"] }), "  app is another image now");
    const waits = {
      image: "app",
      depends_on: { db: { condition: "service_started", restart: true } },
    };
    assert.equal(reason(waits, { anew: ["app", "db"] }, { db: { image: "db" } }), "  it restarts with db");
    const files = (hash: string) =>
      planFrom({ services: { app: { image: "app" } } }, { boundFiles: { app: { hash, paths: [] } } });
    assert.equal(
      sentences(changes(files("1"), files("2"))).at(-1),
      "  a file that it has by a bind mount has changed",
    );
  });

  test("of which an earlier version kept no record says only how it is replaced", () => {
    const state = stateOf(planFrom({ services: { app: routed } })).map((resource) => ({
      ...resource,
      outputs: { ...resource.outputs, record: undefined },
    }));
    const is = planFrom({ services: { app: { ...routed, ports: ["80:80"] } } });
    assert.deepEqual(sentences(changes(stackBefore("shop", state), is, { anew: ["app"] })), [
      "app is replaced stop-first, with a gap (only one container at a time can publish host port 80)",
    ]);
  });

  test("that something befell is told with the remedy", () => {
    const plan = planFrom({ services: { app: routed } });
    const drift = { app: ["is not connected to network `n`: `up` mends that"] };
    assert.equal(
      describeChanges(changes(plan, plan, { drift })),
      "1 service drifted, no data touched\napp is not connected to network `n`: `up` mends that",
    );
  });

  test("that takes up a volume which the engine no longer has begins empty", () => {
    const app = { image: "app:1", volumes: ["data:/data"] };
    const plan = (image: string) =>
      planFrom({ services: { app: { ...app, image } }, volumes: { data: null } });
    const gone = changes(plan("a:1"), plan("a:2"), { volumes: [] });
    assert.equal(verdict(gone), "1 service replaced with a gap, shop_data begins empty");
    assert.equal(sentences(gone)[1], "  begins with an empty volume shop_data");
    const there = changes(plan("a:1"), plan("a:2"), { volumes: ["shop_data"] });
    assert.equal(sentences(there)[1], "  takes up again the data in shop_data");
  });
});

test("a volume that was left behind is told once", () => {
  const app = { image: "app:1", volumes: ["data:/data"] };
  const one = planFrom({ services: { app }, volumes: { data: null } });
  const left = planFrom({ services: { app: { image: "app:1" } } });
  const leaving = { ...left, volumes: { shop_data: { name: "shop_data", outlives: false } } };
  assert.ok(sentences(changes(one, leaving)).some((line) => line.includes("is left behind")));
  assert.equal(describeChanges(changes(leaving, leaving)), "");
});

test("a route moves, comes and goes", () => {
  const at = (prefix: string) => ({ ...routed, "x-route": { prefix, port: 80, name: "app" } });
  const moved = words(at("/a"), at("/b"));
  assert.equal(moved[1], "  its route has changed");
  assert.ok(moved.includes("route app moves: /a/* → http://app:80/* becomes /b/* → http://app:80/*"));
  assert.ok(words({ image: "app:1" }, at("/a")).includes("route app is new: /a/* → http://app:80/*"));
});

test("a list is told by what came and what went, in Compose's short forms", () => {
  const lines = words(
    { image: "a", ports: ["8080:80"], volumes: ["./a:/a"], cap_add: ["NET_ADMIN"], command: ["a", "b"] },
    {
      image: "a",
      ports: ["8081:80", "127.0.0.1:53:53/udp"],
      volumes: ["./a:/a", "./b:/b:ro"],
      cap_add: ["NET_ADMIN", "SYS_TIME"],
      command: ["b", "a"],
    },
  );
  assert.deepEqual(lines.slice(1), [
    "  command a b → b a",
    "  cap_add added: SYS_TIME",
    "  ports 8080:80 → 8081:80",
    "  ports added: 127.0.0.1:53:53/udp",
    "  volumes added: /checkout/b:/b:ro",
    "port 8081 opens to the world (app)",
  ]);
});

test("a value of a key that sounds like a secret is not told, and a secret is told by its name", () => {
  const lines = words(
    {
      image: "a",
      environment: { API_TOKEN: "hunter2hunter2", URL: "postgres://app:hunter2@db/app", DB: "x" },
      command: ["serve", "--password", "hunter2"],
      labels: { "app.password": "hunter2hunter2" },
    },
    {
      image: "a",
      environment: { API_TOKEN: "hunter3hunter3", URL: "postgres://app:hunter3@db/app", DB: "${dbPassword}" },
      command: ["serve", "--password=hunter3"],
      labels: { "app.password": "hunter3hunter3" },
    },
    { secrets: ["dbPassword"] },
  );
  assert.deepEqual(lines.slice(1), [
    "  command changed (secret)",
    "  environment.API_TOKEN changed (secret)",
    "  environment.URL changed (secret)",
    "  environment.DB changed (secret dbPassword)",
    "  labels.app.password changed (secret)",
  ]);
  assert.doesNotMatch(lines.join("\n"), /hunter/);
});

test("no value that stands where a secret would stand gets into any word", () => {
  const secret = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{9,20}$/).map((text) => `q7${text}`);
  const name = fc.constantFrom("DB_PASSWORD", "SECRET", "API_KEY", "AUTH_TOKEN", "dbPassword", "PGPASSWORD");
  const place = fc.constantFrom(
    (key: string, value: string) => ({ environment: { [key]: value } }),
    (key: string, value: string) => ({
      environment: { URL: `amqp://user:${value}@queue/` },
      labels: { key },
    }),
    (key: string, value: string) => ({ command: ["serve", `--${key}=${value}`] }),
    (key: string, value: string) => ({ command: ["serve", `--${key}`, value] }),
    (key: string, value: string) => ({ entrypoint: ["sh", "-c", `${key}=${value} serve`] }),
    (key: string, value: string) => ({ build: { context: ".", args: { [key]: value } } }),
    (key: string, value: string) => ({ labels: { [`org.${key}`]: value } }),
    (key: string, value: string) => ({ healthcheck: { test: ["CMD-SHELL", `check --${key}=${value}`] } }),
  );
  fc.assert(
    fc.property(secret, secret, name, place, place, (one, other, key, from, to) => {
      const text = JSON.stringify(
        changes(
          planFrom({ services: { app: { image: "a", ...from(key, one) } } }),
          planFrom({ services: { app: { image: "a", ...to(key, other) } } }),
        ),
      );
      assert.ok(!text.includes(one) && !text.includes(other), text);
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 200) },
  );
});
