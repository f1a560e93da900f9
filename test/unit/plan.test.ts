import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gateByImage } from "../../components/plan/gate.ts";
import { planOf, type PlanOptions } from "../../components/plan/plan.ts";
import { projectName } from "../../components/plan/project-name.ts";
import { options, planned, modelFrom, type Written } from "./builders.ts";

/** The plan of a stack on the networks frontend and backend, which is internal. */
function planWith(services: Written, more: Partial<PlanOptions> = {}) {
  const networks = { frontend: null, backend: { internal: true } };
  return planOf(modelFrom({ services, networks, volumes: { data: null } }), { ...options, ...more });
}

describe("a name on the engine", () => {
  test("starts with super-team in dev, and with the stack's own name elsewhere", () => {
    assert.equal(projectName("super-team", "dev"), "super-team");
    assert.equal(projectName("shop", "local"), "shop");
    assert.equal(projectName("super-team", "test"), "super-team-test");
    assert.equal(projectName("super-team", "t-1a2b"), "super-team-t-1a2b");
  });

  test("of a container is Compose's, unless the service says otherwise", () => {
    assert.equal(planned({}).containers[0]?.containerName, "shop-app-1");
    assert.equal(planned({ container_name: "mine" }).containers[0]?.containerName, "mine");
  });

  test("of a network or volume is Compose's, unless the stack says otherwise", () => {
    const { networks, volumes } = planOf(
      modelFrom({ networks: { a: null, b: { name: "bee" } }, volumes: { c: null, d: { name: "dee" } } }),
      options,
    );
    assert.deepEqual(
      [networks.a?.name, networks.b?.name, volumes.c?.name, volumes.d?.name],
      ["shop_a", "bee", "shop_c", "dee"],
    );
  });

  test("of an external network or volume is its key, because another project made it", () => {
    const { networks, volumes } = planOf(
      modelFrom({ networks: { proxy: { external: true } }, volumes: { data: { external: true } } }),
      options,
    );
    assert.deepEqual([networks.proxy?.name, volumes.data?.name], ["proxy", "data"]);
  });

  test("of a built image is the project's and the service's, unless the service gives one", () => {
    assert.match(planned({ image: undefined, build: "./app" }).image, /^shop-app:[0-9a-f]{12}$/);
    assert.match(planned({ image: "team/app", build: "./app" }).image, /^team\/app:[0-9a-f]{12}$/);
  });
});

describe("the tag of a built image", () => {
  const build = { context: "./app", dockerfile: "Dockerfile" };
  const tag = (service: Written = {}, more: Partial<PlanOptions> = {}) =>
    planned({ image: undefined, build, ...service }, { buildHashes: { app: "a" }, ...more }).image;

  // The engine removes no tag that a container runs, so an update that builds the same tag anew would fail.
  for (const [title, changed] of [
    ["the files that it is built from", tag({}, { buildHashes: { app: "b" } })],
    ["the name of the Dockerfile", tag({ build: { ...build, dockerfile: "other" } })],
    ["the labels of the image", tag({ build: { ...build, labels: { a: "1" } } })],
    ["the platform", tag({ platform: "linux/arm64" })],
    ["the path from the program to the context", tag({}, { program: "/checkout/program" })],
  ] as const) {
    test(`changes with ${title}`, () => {
      assert.notEqual(changed, tag());
    });
  }

  test("does not change with the rest of the service, nor with where the checkout lies", () => {
    assert.equal(tag({ environment: { A: "1" } }), tag());
    assert.equal(tag({}, { directory: "/other", program: "/other" }), tag());
  });
});

test("services stand behind all they wait for, each in its tier, as networks and volumes are", () => {
  const whole = modelFrom({
    services: { web: { image: "w", depends_on: ["db"] }, db: { image: "d" } },
    networks: { front: null, shared: null },
    volumes: { data: null },
  });
  const tiers = [
    { name: "front", services: ["web"], networks: ["front", "shared"], volumes: [] },
    { name: "infra", services: ["db"], networks: ["shared"], volumes: ["data"] },
    { name: "generated", services: [], networks: [], volumes: [] },
  ];
  const plan = planOf({ ...whole, tiers }, options);
  assert.deepEqual(
    plan.services.map(({ name, tier }) => [name, tier]),
    [
      ["db", "infra"],
      ["web", "front"],
    ],
  );
  assert.deepEqual(plan.tiers, ["front", "infra", "generated"]);
  const tierOf = ({ tier }: { readonly tier?: string }) => tier;
  // Of a network that two tiers define, the first one; nobody defines the network that services share by default.
  assert.deepEqual(
    Object.entries(plan.networks).map(([key, part]) => [key, tierOf(part)]),
    [
      ["default", undefined],
      ["front", "front"],
      ["shared", "front"],
    ],
  );
  assert.equal(plan.volumes.data?.tier, "infra");
});

test("a stack whose checks were skipped and that has a cycle is not planned", () => {
  assert.throws(() => planWith({ a: { image: "a", depends_on: ["a"] } }), /cycle/);
});

test("an optional dependency that does not exist is not waited for", () => {
  const service = { image: "a", depends_on: { ghost: { condition: "service_started", required: false } } };
  assert.deepEqual(planWith({ a: service }).services[0]?.waitsFor, []);
});

describe("Docker's first health probe comes at once", () => {
  test("by a start interval of 250 ms within the start period", () => {
    const { healthcheck } = planned({ healthcheck: { test: "true", start_period: "30s" } }).service;
    assert.deepEqual(healthcheck, {
      test: ["CMD-SHELL", "true"],
      start_period: "30s",
      start_interval: "250ms",
    });
  });

  test("unless the service has a start interval of its own", () => {
    const { healthcheck } = planned({
      healthcheck: { test: "true", start_period: "30s", start_interval: "2s" },
    }).service;
    assert.equal(healthcheck?.start_interval, "2s");
  });
});

describe("a gate", () => {
  const gateOf = (name: string, services: Written) =>
    planWith(services).services.find((plan) => plan.name === name)?.gate;

  test("of a service with a health check opens when it is healthy, after what its health check can take at the longest", () => {
    const healthcheck = { test: "true", interval: "10s", timeout: "5s", retries: 3, start_period: "30s" };
    const { state, timeout } = planned({ healthcheck }).gate;
    assert.equal(state, "healthy");
    assert.ok(timeout >= 30_000 + 3 * (10_000 + 5000), "longer than the start period and all retries");
    assert.ok(timeout < 180_000, "and not without an end");
  });

  test("takes Docker's own defaults for what the health check leaves out", () => {
    const whole = { test: "true", interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };
    assert.equal(
      planned({ healthcheck: { test: "true" } }).gate.timeout,
      planned({ healthcheck: whole }).gate.timeout,
    );
  });

  test("of a service without a health check, or with one that is disabled, opens when it runs", () => {
    assert.equal(planned({}).gate.state, "running");
    assert.equal(planned({ healthcheck: { test: "true", disable: true } }).gate.state, "running");
    assert.equal(planned({ healthcheck: { test: ["NONE"] } }).gate.state, "running");
    assert.equal(planned({ healthcheck: { test: ["curl", "-f", "x"] } }).gate.state, "running");
    for (const [restart, stays] of [
      ["no", false],
      ["on-failure:3", false],
      ["unless-stopped", true],
    ] as const)
      assert.equal(planned({ restart }).gate.stays, stays, restart);
    const { gate } = planned({ healthcheck: { interval: "5s" } });
    assert.equal(gateByImage(gate, { Interval: 5e9 })?.state, "running");
    assert.equal(gateByImage(gate, { Test: ["CMD", "true"], Interval: 5e9 })?.state, "healthy");
  });

  test("of a service whose health others wait for is its image's to decide where it has no test of its own", () => {
    const waits = (required: boolean) => ({
      ...{ image: "app", depends_on: { db: { condition: "service_healthy", required } } },
    });
    const optional = gateOf("db", { db: { image: "db" }, app: waits(false) });
    const required = gateOf("db", { db: { image: "db" }, app: waits(false), other: waits(true) });
    assert.equal(optional?.ofImage, "optional");
    assert.equal(required?.ofImage, "required");
    assert.equal(
      gateOf("db", { db: { image: "db", healthcheck: { test: "true" } }, app: waits(true) })?.ofImage,
      undefined,
    );

    assert.equal(gateByImage(required, undefined), undefined, "it cannot open");
    assert.equal(gateByImage(required, { Test: ["NONE"] }), undefined);
    assert.equal(gateByImage(optional, undefined)?.state, "running");
    // A minute of start period, and four probes of 15 seconds at most.
    const seconds = 1e9;
    const check = {
      Test: ["CMD", "true"],
      Interval: 10 * seconds,
      Timeout: 5 * seconds,
      StartPeriod: 60 * seconds,
      Retries: 3,
    };
    for (const gate of [optional, required]) {
      const { state, timeout = 0 } = gateByImage(gate, check) ?? {};
      assert.equal(state, "healthy");
      assert.ok(timeout >= 120_000 && timeout < 180_000, String(timeout));
    }
  });

  test("of a job opens when it has ended, health check or not", () => {
    const services = {
      job: { image: "job", healthcheck: { test: "true" } },
      app: { image: "app", depends_on: { job: { condition: "service_completed_successfully" } } },
    };
    assert.equal(gateOf("job", services)?.state, "completed");
    assert.equal(gateOf("app", services)?.state, "running");
  });
});

describe("labels", () => {
  test("are those by which `docker compose` and others find what belongs together", () => {
    const { labels, revision } = planned({});
    const { "com.docker.compose.config-hash": hash = "", ...rest } = labels;
    assert.deepEqual(rest, {
      "com.docker.compose.project": "shop",
      "com.docker.compose.service": "app",
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.depends_on": "",
      "io.pulumi-compose.project": "shop",
      "io.pulumi-compose.tier": "all",
    });
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.ok(hash.startsWith(revision));
  });

  test("say what the service waits for, as Compose's own do", () => {
    const depends_on = {
      db: { condition: "service_healthy", restart: true },
      job: { condition: "service_completed_successfully" },
      // Of a profile that is not active.
      metrics: { condition: "service_started", required: false },
    };
    const others = { db: { image: "db:1" }, job: { image: "job:1" } };
    const { services } = planOf(
      modelFrom({ services: { app: { image: "app:1", depends_on }, ...others } }),
      options,
    );
    assert.equal(
      services.find(({ name }) => name === "app")?.labels["com.docker.compose.depends_on"],
      "db:service_healthy:true,job:service_completed_successfully:false",
    );
  });

  test("of the service's own are kept, and do not displace Compose's", () => {
    const { labels } = planned({ labels: { mine: "1", "com.docker.compose.project": "other" } });
    assert.equal(labels.mine, "1");
    assert.equal(labels["com.docker.compose.project"], "shop");
  });

  test("route a service that has a route, also where the stack takes routes from a file", () => {
    const { labels, route } = planned({ "x-route": { prefix: "/api/app", port: 8000 } });
    assert.equal(labels["traefik.enable"], "true");
    assert.deepEqual(route, { prefix: "/api/app", port: 8000 });
    assert.equal(planned({}).labels["traefik.enable"], undefined);
  });
});

describe("a mount's source", () => {
  test("is the volume's name on the engine", () => {
    const [service] = planWith({ app: { image: "app", volumes: ["data:/data"] } }).services;
    assert.equal(service?.service.volumes?.[0]?.source, "shop_data");
  });

  test("is a path below the project, unless it is absolute", () => {
    const { volumes } = planned({ volumes: ["./conf:/a", "/var/run/docker.sock:/b", "/anonymous"] }).service;
    assert.deepEqual(
      volumes?.map(({ source }) => source),
      ["/checkout/conf", "/var/run/docker.sock", undefined],
    );
  });
});

describe("published ports of a service that is on internal networks only", () => {
  const publishing = { db: { image: "db", networks: ["backend"], ports: ["5432"] } };

  test("are reachable over an ordinary network of the stack's own, which leaves the way out closed", () => {
    const { networks, services } = planWith(publishing);
    const [extra, ...others] = Object.keys(services[0]?.service.networks ?? {}).filter(
      (key) => key !== "backend",
    );
    assert.ok(extra !== undefined && others.length === 0);
    assert.notEqual(networks[extra]?.internal, true);
    assert.deepEqual(networks[extra]?.driver_opts, {
      "com.docker.network.bridge.enable_ip_masquerade": "false",
    });
    assert.match(networks[extra].name, /^shop/);
  });

  test("need no such network where nothing is published, or an ordinary one is joined already", () => {
    for (const service of [
      { image: "db", networks: ["backend"] },
      { image: "db", networks: ["backend", "frontend"], ports: ["5432"] },
    ]) {
      const { networks, services } = planWith({ db: service });
      assert.deepEqual(Object.keys(networks), ["frontend", "backend"]);
      assert.deepEqual(
        services[0]?.service.networks,
        Object.fromEntries(service.networks.map((key) => [key, null])),
      );
    }
  });

  test("leave a network alone that the stack itself calls published", () => {
    const { networks } = planOf(
      modelFrom({
        services: { app: { image: "app", networks: ["published"], ports: ["80"] } },
        networks: { published: { driver: "macvlan" } },
      }),
      options,
    );
    assert.deepEqual(networks, { published: { driver: "macvlan", name: "shop_published", tier: "all" } });
  });
});

describe("the files of a service", () => {
  test("are the contents of the configs it names", () => {
    const whole = modelFrom({
      services: {
        app: { image: "app", configs: [{ source: "conf", target: "/etc/app.yml", mode: "0440" }, "other"] },
      },
      configs: { conf: { content: "a: 1" }, other: { content: "b" } },
    });
    assert.deepEqual(planOf(whole, options).services[0]?.files, [
      { target: "/etc/app.yml", content: "a: 1", mode: "0440" },
      { target: "/other", content: "b", mode: "0444" },
    ]);
  });

  test("are part of its revision", () => {
    const revision = (content: string) =>
      planOf(
        modelFrom({ services: { app: { image: "app", configs: ["conf"] } }, configs: { conf: { content } } }),
        options,
      ).services[0]?.revision;
    assert.notEqual(revision("a: 1"), revision("a: 2"));
  });
});

describe("a revision", () => {
  const definition = {
    build: { context: "./app", args: { A: "1" } },
    environment: { DATABASE_PATH: "/data/app.db", PASSWORD: "${dbPassword}" },
    volumes: ["./conf:/etc/app:ro", "/srv/shared:/shared"],
  };
  const revision = (service: Written, more: Partial<PlanOptions> = {}) => planned(service, more).revision;

  test("does not change with the order in which keys are written", () => {
    const { PASSWORD, DATABASE_PATH } = definition.environment;
    assert.equal(revision({ ...definition, environment: { PASSWORD, DATABASE_PATH } }), revision(definition));
  });

  for (const directory of ["/home/ann/super-team", "/data", "/srv", "/c", "/"]) {
    test(`does not change with the checkout's directory: ${directory}`, () => {
      assert.equal(revision(definition, { directory }), revision(definition));
    });
  }

  for (const [title, changed] of [
    ["the image", { ...definition, image: "app:2" }],
    ["an environment value", { ...definition, environment: { ...definition.environment, B: "1" } }],
    ["the name of a secret", { ...definition, environment: { PASSWORD: "${otherPassword}" } }],
    ["a volume", { ...definition, volumes: [] }],
    ["a label", { ...definition, labels: { a: "1" } }],
    ["a route", { ...definition, "x-route": { prefix: "/a", port: 80 } }],
    ["a limit", { ...definition, deploy: { resources: { limits: { memory: "1G" } } } }],
    ["a build argument", { ...definition, build: { context: "./app", args: { A: "2" } } }],
  ] as const) {
    test(`changes with ${title}`, () => {
      assert.notEqual(revision(changed), revision(definition));
    });
  }

  test("changes with the files that the image is built from", () => {
    assert.notEqual(
      revision(definition, { buildHashes: { app: "a" } }),
      revision(definition, { buildHashes: { app: "b" } }),
    );
  });

  test("of a service does not change with another service", () => {
    const one = planWith({ app: { image: "app" }, other: { image: "other:1" } });
    const two = planWith({ app: { image: "app" }, other: { image: "other:2" } });
    assert.equal(one.services[0]?.revision, two.services[0]?.revision);
    assert.notEqual(one.services[1]?.revision, two.services[1]?.revision);
  });
});

describe("a build that has its files elsewhere", () => {
  const buildFiles = {
    remoteContext: "/checkout/.state/remote-context",
    dockerfiles: { app: "/checkout/.state/dockerfiles/shop/app" },
  };

  test("names a folder in place of a context that the engine gets, whatever folder the program is in", () => {
    const context = "https://example.org/tool.git#main:app";
    const { build, service } = planned({ build: context }, { buildFiles });
    assert.deepEqual(build, { context: ".state/remote-context", remoteContext: context });
    assert.equal(service.build?.context, context);
    const other = planned({ build: "https://example.org/tool.git#next:app" }, { buildFiles });
    assert.notEqual(other.image, planned({ build: context }, { buildFiles }).image);
  });

  test("names folders beside its context as the provider gets them, from the program's folder", () => {
    const build = { context: "./app", additional_contexts: ["shared=shared", "base=docker-image://debian"] };
    const { service } = planned({ build }, { program: "/checkout/program" });
    assert.deepEqual(service.build?.additional_contexts, ["shared=../shared", "base=docker-image://debian"]);
  });

  test("names the file that has its Dockerfile, relative to the context", () => {
    const build = { context: "./app", dockerfile_inline: "FROM a" };
    assert.deepEqual(planned({ build }, { buildFiles }).build, {
      context: "app",
      dockerfile: "../.state/dockerfiles/shop/app",
    });
    const other = { ...build, dockerfile_inline: "FROM b" };
    assert.notEqual(
      planned({ build: other }, { buildFiles }).image,
      planned({ build }, { buildFiles }).image,
    );
  });
});

test("a job has prepared its own volumes, and those of every service that it stands behind", () => {
  const waits = (service: string, condition = "service_started") => ({
    depends_on: { [service]: { condition } },
  });
  const { services } = planOf(
    modelFrom({
      services: {
        db: { image: "db", volumes: ["pgdata:/data", "./conf:/conf", "/anonymous"] },
        proxy: { image: "proxy", volumes: ["unrelated:/data"] },
        migrations: { image: "job", ...waits("db") },
        seed: {
          image: "job",
          volumes: ["seeds:/seeds"],
          ...waits("migrations", "service_completed_successfully"),
        },
        app: { image: "app", ...waits("seed", "service_completed_successfully") },
      },
      volumes: { pgdata: { name: "kept" }, seeds: null, unrelated: null },
    }),
    options,
  );
  assert.deepEqual(Object.fromEntries(services.map(({ name, preparedVolumes }) => [name, preparedVolumes])), {
    db: undefined,
    proxy: undefined,
    migrations: ["kept"],
    seed: ["shop_seeds", "kept"],
    app: undefined,
  });
});
