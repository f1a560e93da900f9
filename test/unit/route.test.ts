import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { routeName, routeSchema, type Route } from "../../components/compose-spec/route.ts";
import {
  describeRoute,
  dynamicConfiguration,
  routeFile,
  routeLabels,
  serverName,
  serversOf,
  statePath,
  trialPath,
  withTrial,
} from "../../components/plan/route.ts";

const web = { name: "web", port: "80/tcp", tls: false };
const websecure = { name: "websecure", port: "443/tcp", tls: true };

/** The seed's routing table (7.3), with the name that each route has in its labels (7.2, 7.4, 10.5). */
const table: (Route & { name: string })[] = [
  { prefix: "/api/architect", port: 8000, name: "architect" },
  { prefix: "/api/contracts", port: 8000, name: "contracts" },
  { prefix: "/api/codebase", port: 8000, name: "codebase" },
  { prefix: "/api/auth", port: 8080, name: "auth" },
  { prefix: "/api/orders", port: 8080, name: "orders" },
  { prefix: "/api/notifications", port: 8080, name: "notifications" },
];

/**
 * Labels as Traefik reads them: each is a path into the dynamic configuration, commas separate a list's entries.
 * What it adds itself in its Docker provider is the address of the container.
 */
function decoded(labels: Readonly<Record<string, string>>, host: string): unknown {
  const root: Record<string, unknown> = {};
  const spelling = ["entryPoints", "stripPrefix", "loadBalancer", "healthCheck", "unhealthyInterval"];
  const lists = ["entryPoints", "middlewares", "prefixes"];
  for (const [label, value] of Object.entries(labels)) {
    const keys = label.split(".").map((key) => spelling.find((known) => known.toLowerCase() === key) ?? key);
    if (keys.shift() !== "traefik" || keys[0] === "enable") continue;
    let parent = root;
    for (const key of keys.slice(0, -1)) parent = (parent[key] ??= {}) as Record<string, unknown>;
    const last = keys.at(-1) ?? "";
    parent[last] = last === "tls" ? {} : lists.includes(last) ? value.split(",") : value;
  }
  const { services } = root.http as { services: Record<string, { loadBalancer: Record<string, unknown> }> };
  for (const { loadBalancer } of Object.values(services)) {
    const { port } = loadBalancer.server as { port: string };
    delete loadBalancer.server;
    loadBalancer.servers = [{ url: `http://${host}:${port}` }];
  }
  return root;
}

describe("a route's labels are those of the seed, but that a prefix ends where a name does:", () => {
  for (const { name, prefix, port } of table) {
    test(prefix, () => {
      const labels = routeLabels({ prefix, port }, web);
      for (const [label, value] of Object.entries({
        "traefik.enable": "true",
        [`traefik.http.routers.${name}.rule`]: `(Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`))`,
        [`traefik.http.routers.${name}.entrypoints`]: "web",
        [`traefik.http.services.${name}.loadbalancer.server.port`]: String(port),
        [`traefik.http.middlewares.${name}-strip.stripprefix.prefixes`]: prefix,
        [`traefik.http.routers.${name}.middlewares`]: `${name}-strip`,
      })) {
        assert.equal(labels[label], value, label);
      }
    });
  }

  test("with the health check by which Traefik leaves out a service that does not serve (7.4)", () => {
    const labels = routeLabels({ prefix: "/api/auth", port: 8080 }, web);
    assert.equal(labels["traefik.http.services.auth.loadbalancer.healthcheck.path"], "/health");
    assert.equal(labels["traefik.http.services.auth.loadbalancer.healthcheck.interval"], "10s");
  });

  test("and they name nothing but the route", () => {
    for (const { name, prefix, port } of table) {
      for (const label of Object.keys(routeLabels({ prefix, port }, web))) {
        assert.match(
          label,
          new RegExp(
            `^traefik\\.(?:enable$|http\\.(?:routers|services|middlewares)\\.${name}(?:-strip)?\\.)`,
          ),
        );
      }
    }
  });
});

test("a route's file is Traefik's dynamic configuration", () => {
  const { http } = dynamicConfiguration({ prefix: "/api/orders", port: 8080 }, ["shop-orders-1"], web);
  assert.deepEqual(http.routers, {
    orders: {
      rule: "(Path(`/api/orders`) || PathPrefix(`/api/orders/`))",
      entryPoints: ["web"],
      middlewares: ["orders-strip"],
      service: "orders",
    },
  });
  assert.deepEqual(http.middlewares, { "orders-strip": { stripPrefix: { prefixes: ["/api/orders"] } } });
  assert.deepEqual(http.services.orders?.loadBalancer.servers, [{ url: "http://shop-orders-1:8080" }]);
});

describe("labels and file are two encodings of one object", () => {
  const others: Route[] = [
    { prefix: "/api/userService", port: 80 },
    { prefix: "/api/v1.2", port: 80 },
    { prefix: "/deep/er/path_with-signs", port: 65535 },
    { prefix: "/api/named", port: 80, name: "Other.Name" },
    { prefix: "/api/health", port: 80, health: "/api/health/ready" },
    { host: "api.example.com", port: 80 },
    { host: "api.example.com", prefix: "/v1", port: 80 },
  ];
  for (const route of [...table.map(({ prefix, port }): Route => ({ prefix, port })), ...others]) {
    test(`for ${route.name ?? ""} ${route.host ?? ""}${route.prefix ?? ""}`, () => {
      for (const entryPoint of [web, websecure]) {
        assert.deepEqual(
          decoded(routeLabels(route, entryPoint), "host"),
          dynamicConfiguration(route, ["host"], entryPoint),
        );
      }
    });
  }
});

test("a route's name is its own, or else the last part of its prefix", () => {
  assert.equal(routeName({ prefix: "/api/orders", port: 80 }), "orders");
  assert.equal(routeName({ prefix: "/api/orders", port: 80, name: "shop" }), "shop");
  assert.equal(routeName({ host: "api.example.com", port: 80 }), "api");
});

test("a route's file answers on a path of its own for exactly this state of it", () => {
  const route = { host: "shop.example.com", prefix: "/api/orders", port: 8080, health: "/ready" };
  const { http } = routeFile(route, ["orders-1", "orders-2"], websecure);
  assert.deepEqual(http.services.orders?.loadBalancer.servers, [
    { url: "http://orders-1:8080" },
    { url: "http://orders-2:8080" },
  ]);
  const path = statePath(route, ["orders-1", "orders-2"]);
  assert.deepEqual(http.routers["orders-state"], {
    rule: `Host(\`shop.example.com\`) && Path(\`${path}\`)`,
    entryPoints: ["websecure"],
    middlewares: ["orders-state", "orders-state-marked"],
    service: "orders",
    tls: {},
  });
  assert.deepEqual(http.middlewares?.["orders-state"], { replacePath: { path: "/ready" } });
  assert.deepEqual(http.middlewares["orders-state-marked"], {
    headers: { customResponseHeaders: { "x-pulumi-compose-way": path } },
  });
  assert.notEqual(path, statePath(route, ["orders-1"]));
  assert.notEqual(path, statePath({ ...route, port: 8081 }, ["orders-1", "orders-2"]));
});

test("a route's new servers are tried on a path of their own, while everybody is led to the old ones", () => {
  const route = { prefix: "/api/orders", port: 8080 };
  const before = routeFile(route, ["old"], web);
  const tried = withTrial(before, route, ["new"], web);
  assert.deepEqual(serversOf(tried, "orders"), ["old"]);
  assert.deepEqual(tried.http.services["orders-trial"]?.loadBalancer.servers, [{ url: "http://new:8080" }]);
  assert.deepEqual(tried.http.routers["orders-trial"], {
    rule: `Path(\`${trialPath(route, ["new"])}\`)`,
    entryPoints: ["web"],
    middlewares: ["orders-trial", "orders-trial-marked"],
    service: "orders-trial",
  });
  assert.deepEqual(tried.http.middlewares?.["orders-trial"], { replacePath: { path: "/health" } });
  assert.deepEqual(tried.http.routers.orders, before.http.routers.orders);
});

test("a gateway finds a container by its name, as long as the DNS takes it", () => {
  const id = "0123456789abcdef";
  assert.equal(serverName({ name: "a".repeat(63), id }), "a".repeat(63));
  assert.equal(serverName({ name: "a".repeat(64), id }), "0123456789ab");
});

describe("a file that is no route's leads nowhere:", () => {
  for (const file of [null, {}, { http: {} }, { http: { services: { other: {} } } }]) {
    test(JSON.stringify(file), () => {
      assert.deepEqual(serversOf(file, "orders"), []);
    });
  }
});

test("a route is described in a line", () => {
  assert.equal(
    describeRoute({ prefix: "/api/orders", port: 8080 }, "orders"),
    "/api/orders/* → http://orders:8080/*",
  );
});

describe("a prefix", () => {
  for (const prefix of ["/a", "/api/orders", "/api/v1.2/orders_and-more"]) {
    test(`may be ${prefix}`, () => {
      assert.ok(routeSchema.safeParse({ prefix, port: 80 }).success);
    });
  }

  for (const prefix of ["", "/", "api", "/api/", "/api/orders`) || Path(`/", "/api orders", "/api/${x}"]) {
    test(`cannot be \`${prefix}\``, () => {
      assert.equal(routeSchema.safeParse({ prefix, port: 80 }).success, false);
    });
  }
});

test("a route's port is one that there is", () => {
  for (const port of [0, -1, 65_536, 80.5, "80"]) {
    assert.equal(routeSchema.safeParse({ prefix: "/a", port }).success, false);
  }
});
