import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { check } from "../../components/checks/index.ts";
import { updateOrders } from "../../components/checks/update.ts";
import { planOf } from "../../components/plan/plan.ts";
import { updatesIn } from "../../components/model/update.ts";
import { definitions, options, said, modelFrom, type Written } from "./builders.ts";

const gateway = { gateway: "traefik" };
const traefik = { image: "traefik", ports: ["80:80"] };
const routed = { image: "app", "x-route": { prefix: "/api/app", port: 80 } };

/** The update of a routed service, with more keys of its own, beside others. */
function updateOf(service: Written, others: Written = {}) {
  const services = { traefik, app: { ...routed, ...service }, ...others };
  return updatesIn(modelFrom({ services, volumes: { data: null, more: null } }, gateway))("app");
}

describe("a routed service is updated start-first", () => {
  for (const [title, service, others] of [
    ["by default", {}, {}],
    ["with ports that the engine chooses", { ports: ["8000"] }, {}],
    ["with volumes that it reads", { volumes: ["data:/data:ro"] }, {}],
    [
      "with a volume that others write to as well",
      { volumes: ["data:/data"] },
      { other: { image: "b", volumes: ["data:/x"] } },
    ],
    ["with a volume that its replicas share", { volumes: ["data:/data"], deploy: { replicas: 2 } }, {}],
    ["with a socket of the host's", { volumes: ["/var/run/docker.sock:/var/run/docker.sock"] }, {}],
    ["though the gateway depends on it", {}, { traefik: { ...traefik, depends_on: ["app"] } }],
    [
      "though another is called much like it",
      {},
      { other: { image: "b", environment: { URL: "http://app-2:80" } } },
    ],
  ] as const) {
    test(title, () => {
      assert.equal(updateOf(service, others).order, "start-first");
    });
  }
});

const obstacles: readonly (readonly [title: string, reason: RegExp, service: Written, others?: Written])[] = [
  ["a fixed host port", /publish host port 8000/, { ports: ["8000:80"] }],
  ["a container_name", /be called mine/, { container_name: "mine" }],
  ["a volume that it alone writes to", /alone writes to data/, { volumes: ["data:/data"] }],
  ["a folder of the host that it alone writes to", /alone writes to \.\/data/, { volumes: ["./data:/data"] }],
  ["a fixed address", /have the address 10\.0\.0\.2/, { networks: { net: { ipv4_address: "10.0.0.2" } } }],
  ["the host's network", /network_mode host/, { network_mode: "host" }],
  [
    "others that wait for it to end",
    /is a job/,
    {},
    { other: { image: "b", depends_on: { app: { condition: "service_completed_successfully" } } } },
  ],
  [
    "a URL of another's that names it",
    /other calls it/,
    {},
    { other: { image: "b", environment: { URL: "http://app:80/x" } } },
  ],
  [
    "a variable of another's that is its name",
    /other calls it/,
    {},
    { other: { image: "b", environment: { HOST: "app" } } },
  ],
  [
    "an alias that another calls",
    /other calls it/,
    { networks: { net: { aliases: ["api"] } } },
    { other: { image: "b", command: ["--to=http://api:80"] } },
  ],
  ["a link", /other calls it/, {}, { other: { image: "b", links: ["app:api"] } }],
  ["another in its network", /other shares/, {}, { other: { image: "b", network_mode: "service:app" } }],
];

/** What may be meant otherwise: it decides where nobody asks, and refuses nothing. */
const mentions: readonly (readonly [title: string, other: Written, app?: Written])[] = [
  ["a list of another's", { environment: { BROKERS: "app:80,x:80" } }],
  ["an address with a path", { environment: { UPSTREAM: "app:8080/path" } }],
  ["a data source name", { environment: { DSN: "user:pw@tcp(app:3306)/db" } }],
  ["a data source name without a port", { command: ["serve", "u@app/x"] }],
  [
    "a label of another's",
    { labels: { "traefik.http.middlewares.m.forwardauth.address": "http://app/auth" } },
  ],
  ["another's health check", { healthcheck: { test: ["CMD-SHELL", "curl -f http://app:80/health"] } }],
  ["a config of another's", { configs: ["nginx.conf"] }],
  ["an entrypoint of another's", { entrypoint: ["sh", "-c", "wait-for app:80 && exec serve"] }],
  ["its host's name", { environment: { PEERS: "the-app:80,b:80" } }, { hostname: "the-app" }],
];

describe("a service is updated stop-first because it is named in", () => {
  const configs = { "nginx.conf": { content: "location / { proxy_pass http://app:80; }" } };
  const update = (app: Written, other: Written) =>
    updatesIn(
      modelFrom(
        { services: { traefik, app: { ...routed, ...app }, other: { image: "b", ...other } }, configs },
        gateway,
      ),
    )("app");
  for (const [title, other, app = {}] of mentions) {
    test(title, () => {
      const { order, because } = update(app, other);
      assert.deepEqual([order, because], ["stop-first", "other calls it by its name"]);
      const asked = update({ ...app, deploy: { update_config: { order: "start-first" } } }, other);
      assert.equal(asked.order, "start-first");
    });
  }

  test("a label of its own by which the gateway calls it", () => {
    const labels = { "traefik.http.middlewares.m.forwardauth.address": "http://app:80/auth" };
    const { order, because } = update({ labels }, {});
    assert.deepEqual([order, because], ["stop-first", "traefik calls it by its name"]);
  });

  for (const [title, app, other] of [
    [
      "its own words",
      { environment: { SELF: "app:80", URL: "http://app" }, labels: { url: "http://app:80" } },
      {},
    ],
    ["a longer name", {}, { environment: { A: "my-app:80,app-2:80,http://app.example.org,x@app_2" } }],
    ["a user", {}, { environment: { URL: "postgresql://app:80days@db:5432/app,mysql://app@db" } }],
    ["words", {}, { environment: { TITLE: "the app: a shop", KIND: "app,x" }, labels: { of: "app" } }],
  ] as const)
    test(`anything but ${title}`, () => {
      assert.equal(update(app, other).order, "start-first");
    });
});

describe("a service is updated stop-first because of", () => {
  for (const [title, reason, service, others] of obstacles) {
    test(title, () => {
      const { order, because } = updateOf(service, others);
      assert.equal(order, "stop-first");
      assert.match(because, reason);
    });
  }

  test("others that depend on it", () => {
    const { order, because } = updateOf({}, { other: { image: "b", depends_on: ["app"] } });
    assert.deepEqual([order, because], ["stop-first", "other depends on it"]);
  });

  test("a route that no gateway publishes", () => {
    assert.equal(updatesIn(modelFrom({ services: { app: routed } }))("app").order, "stop-first");
  });

  test("no route", () => {
    assert.equal(
      updatesIn(modelFrom({ services: { app: { image: "app" } } }, gateway))("app").order,
      "stop-first",
    );
  });

  test("its own word", () => {
    assert.equal(updateOf({ deploy: { update_config: { order: "stop-first" } } }).order, "stop-first");
  });
});

describe("asking for start-first", () => {
  const ask = { deploy: { update_config: { order: "start-first" } } };
  const mistakes = (service: Written, others: Written = {}) =>
    said(
      check(
        modelFrom(
          {
            services: { traefik, app: { ...routed, ...service, ...ask }, ...others },
            volumes: { data: null },
            networks: { net: null },
          },
          gateway,
        ),
        () => true,
      ),
    ).filter((mistake) => mistake.includes("start-first"));

  for (const [title, reason, service, others] of obstacles) {
    test(`is a mistake with ${title}`, () => {
      const [mistake = "", ...more] = mistakes(service, others);
      assert.match(mistake, /^services\.app\.deploy\.update_config\.order: start-first is impossible: /);
      assert.match(mistake, reason);
      assert.deepEqual(more, []);
    });
  }

  test("is none with services that only depend on it, nor without a route", () => {
    assert.deepEqual(mistakes({}, { other: { image: "b", depends_on: ["app"] } }), []);
    for (const [, other, app] of mentions)
      assert.deepEqual(mistakes({ ...app }, { other: { image: "b", ...other, configs: [] } }), []);
    const worker = { image: "b", ...ask };
    assert.deepEqual(mistakes({}, { worker }), []);
    assert.equal(updatesIn(modelFrom({ services: { worker } }))("worker").order, "start-first");
  });
});

describe("a plan", () => {
  const plan = (services: Written) =>
    planOf(modelFrom({ services, volumes: { data: null, more: null } }, gateway), options);

  test("gives containers that are replaced start-first no name of their own", () => {
    const [, app] = plan({ traefik, app: { ...routed, scale: 2 } }).services;
    assert.deepEqual(
      app?.containers.map(({ name, containerName }) => [name, containerName]),
      [
        ["shop-app-1", undefined],
        ["shop-app-2", undefined],
      ],
    );
  });

  test("is of the same revisions with another order or parallelism", () => {
    const revisions = (update: Written) =>
      plan({ app: { image: "app", deploy: { update_config: update } } }).services.map(
        ({ revision }) => revision,
      );
    assert.deepEqual(revisions({ order: "start-first" }), revisions({ parallelism: 3 }));
  });

  test("can do without a service that nobody requires, but not where a route would lead to it", () => {
    const other = { image: "b", depends_on: { app: { condition: "service_started", required: false } } };
    const optional = (app: Written) =>
      plan({ traefik, app, other }).services.find(({ name }) => name === "app")?.optional;
    assert.equal(optional({ image: "app" }), true);
    assert.equal(optional(routed), false);
  });
});

test("an impossible start-first of a Compose file is a warning, and the service is updated stop-first", () => {
  const services = {
    app: { image: "app", ports: ["80:80"], deploy: { update_config: { order: "start-first" } } },
  };
  const asked = definitions({ services });
  const model = (by: "compose" | "typescript" | "stack config") => ({
    ...modelFrom({ services }),
    sources: [
      {
        ...(by === "compose" ? { file: "compose.yaml", compose: true } : {}),
        definitions: by === "stack config" ? {} : asked,
      },
      { file: "Pulumi.dev.yaml", definitions: by === "stack config" ? asked : {} },
    ],
  });
  const kinds = (by: Parameters<typeof model>[0]) =>
    updateOrders(model(by)).map(({ kind, name }) => `${kind} ${name}`);
  assert.deepEqual(kinds("compose"), ["warning start-first-impossible"]);
  assert.deepEqual(kinds("typescript"), ["mistake start-first-impossible"]);
  assert.deepEqual(kinds("stack config"), ["mistake start-first-impossible"]);
  const { order, because } = updatesIn(model("compose"))("app");
  assert.deepEqual([order, because], ["stop-first", "only one container at a time can publish host port 80"]);
});
