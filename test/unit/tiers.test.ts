import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import { check } from "../../components/checks/index.ts";
import { isMistake } from "../../components/findings/finding.ts";
import { planOf, type Plan, type ServicePlan } from "../../components/plan/plan.ts";
import { routeName } from "../../components/compose-spec/route.ts";
import { dynamicConfiguration } from "../../components/plan/route.ts";
import { modelOf } from "../../components/model/model.ts";
import { bytes } from "../../components/compose-spec/units.ts";
import { foundation } from "../../systems/super-agent-team/tiers/foundation.ts";
import {
  certificate,
  entryPoint,
  gateway,
  gatewayService,
  type GatewayArgs,
} from "../../systems/super-agent-team/tiers/gateway.ts";
import { infra } from "../../systems/super-agent-team/tiers/infra.ts";
import { options, definitions } from "./builders.ts";

const directory = join(import.meta.dirname, "../..");

/** The services of `Pulumi.<stack>.yaml`. */
function overrides(name: string) {
  const { config } = load(readFileSync(join(directory, `Pulumi.${name}.yaml`), "utf8")) as {
    config: Record<string, object>;
  };
  return definitions({ services: config["super-team:services"] });
}

/** The plan of the program's own three tiers with a stack's config laid over them. */
function planned(name: string, args: Partial<GatewayArgs> = {}): Plan {
  const projectName = name === "dev" ? "super-team" : `super-team-${name}`;
  const { model, mistakes } = modelOf({
    tiers: [
      {
        name: "infra",
        definitions: definitions(infra({ project: projectName, database: { user: "me", name: "mine" } })),
      },
      {
        name: "foundation",
        definitions: definitions(foundation({ project: projectName, logLevel: "debug" })),
      },
      {
        name: "gateway",
        definitions: definitions(
          gateway({
            project: projectName,
            dashboard: false,
            routing: "file",
            target: "engine",
            routesDirectory: ".state/routes",
            ...args,
          }),
        ),
      },
    ],
    override: { file: `Pulumi.${name}.yaml`, definitions: overrides(name), reset: [] },
    gateway: gatewayService,
    secrets: ["dbPassword"],
  });
  assert.deepEqual([...mistakes, ...check(model, () => true)].filter(isMistake), []);
  return planOf(model, { ...options, project: projectName });
}

const dev = planned("dev");

function get(name: string, plan = dev): ServicePlan {
  const found = plan.services.find((service) => service.name === name);
  assert.ok(found, `there is no service ${name}`);
  return found;
}

/** What the seed says of each service: memory in MiB, its health table, networks, what it waits for. */
const seed = {
  postgres: {
    tier: "infra",
    memory: 512,
    health: ["10s", "10s", 5, "30s"],
    networks: ["backend"],
    waitsFor: {},
    grace: "30s",
  },
  redis: {
    tier: "infra",
    memory: 128,
    health: ["10s", "5s", 3, "10s"],
    networks: ["backend"],
    waitsFor: {},
    grace: "10s",
  },
  architect: {
    tier: "foundation",
    memory: 512,
    health: ["15s", "5s", 3, "30s"],
    networks: ["backend", "frontend"],
    waitsFor: { migrations: "service_completed_successfully", postgres: "service_healthy" },
    grace: "10s",
  },
  "contract-engine": {
    tier: "foundation",
    memory: 512,
    health: ["15s", "5s", 3, "30s"],
    networks: ["backend", "frontend"],
    waitsFor: { migrations: "service_completed_successfully", postgres: "service_healthy" },
    grace: "10s",
  },
  "codebase-intelligence": {
    tier: "foundation",
    memory: 1024,
    health: ["15s", "5s", 5, "60s"],
    networks: ["backend", "frontend"],
    waitsFor: { postgres: "service_healthy" },
    grace: "15s",
  },
  traefik: {
    tier: "gateway",
    memory: 128,
    health: ["10s", "5s", 3, "15s"],
    networks: ["frontend"],
    waitsFor: {
      architect: "service_healthy",
      "codebase-intelligence": "service_healthy",
      "contract-engine": "service_healthy",
    },
    grace: "10s",
  },
} as const;

for (const [name, numbers] of Object.entries(seed)) {
  describe(name, () => {
    const { service, tier, waitsFor, gate } = get(name);

    test(`is of the tier ${numbers.tier}`, () => {
      assert.equal(tier, numbers.tier);
    });

    test(`is limited to ${numbers.memory} MB`, () => {
      assert.equal(bytes(service.deploy?.resources?.limits?.memory ?? 0), numbers.memory * 1024 ** 2);
    });

    test("has the health table's numbers, and is waited for by its health", () => {
      const { interval, timeout, retries, start_period } = service.healthcheck ?? {};
      assert.deepEqual([interval, timeout, retries, start_period], numbers.health);
      assert.equal(gate.state, "healthy");
    });

    test(`is on ${numbers.networks.join(" and ")} only`, () => {
      assert.deepEqual(Object.keys(service.networks ?? {}).toSorted(), numbers.networks);
    });

    test("waits for what the seed's graph says", () => {
      assert.deepEqual(
        Object.fromEntries(waitsFor.map((each) => [each.service, each.condition])),
        numbers.waitsFor,
      );
    });

    test(`restarts unless it was stopped, and has ${numbers.grace} to stop`, () => {
      assert.equal(service.restart, "unless-stopped");
      assert.equal(service.stop_grace_period, numbers.grace);
    });

    test("asks for its health with nothing but what its image has", () => {
      assert.doesNotMatch((service.healthcheck?.test ?? []).join(" "), /curl|wget/);
    });
  });
}

describe("every service of the stack", () => {
  test("logs to json-file, 10 MB three times, with a tag", () => {
    for (const { name, service } of dev.services) {
      const logging = {
        driver: "json-file",
        options: { "max-size": "10m", "max-file": "3", tag: "{{.Name}}" },
      };
      assert.deepEqual(service.logging, logging, name);
    }
  });

  test("is one of the seed's, in the seed's tiers", () => {
    assert.deepEqual(
      dev.services.map(({ name }) => name).toSorted(),
      [...Object.keys(seed), "migrations"].toSorted(),
    );
    assert.deepEqual(dev.tiers, ["infra", "foundation", "gateway"]);
  });

  test("has the name in dev that the seed gives it", () => {
    for (const { name, containers } of dev.services)
      assert.deepEqual(
        containers.map((container) => container.name),
        [`super-team-${name}-1`],
      );
  });
});

describe("postgres", () => {
  const { service, files } = get("postgres");

  test("has 256 MB of shared memory and as much reserved", () => {
    assert.equal(bytes(service.shm_size ?? 0), 256 * 1024 ** 2);
    assert.equal(bytes(service.deploy?.resources?.reservations?.memory ?? 0), 256 * 1024 ** 2);
  });

  test("is version 16 and keeps its data in a volume", () => {
    assert.match(service.image ?? "", /^postgres:16/);
    assert.deepEqual(
      service.volumes?.map(({ source, target }) => [source, target]),
      [["super-team-pgdata", "/var/lib/postgresql/data"]],
    );
  });

  test("is asked for its health over TCP: on its socket the server of initdb answers too", () => {
    assert.match((service.healthcheck?.test ?? []).join(" "), /pg_isready .*-h 127\.0\.0\.1/);
  });

  test("is made with the role and database of the config, its password a secret in a file", () => {
    assert.deepEqual(service.environment, {
      POSTGRES_USER: "me",
      POSTGRES_PASSWORD_FILE: "/run/secrets/db-password",
      POSTGRES_DB: "mine",
    });
    assert.deepEqual(files, [{ target: "/run/secrets/db-password", content: "${dbPassword}", mode: "0444" }]);
  });
});

test("redis is version 7 and is published in no stack", () => {
  assert.match(get("redis").service.image ?? "", /^redis:7/);
  for (const plan of [dev, planned("test")]) assert.deepEqual(get("redis", plan).service.ports ?? [], []);
});

describe("migrations", () => {
  const { service, gate, waitsFor } = get("migrations");

  test("is a job that runs once, after postgres is healthy", () => {
    assert.equal(gate.state, "completed");
    assert.equal(service.restart, "no");
    assert.deepEqual(waitsFor, [{ service: "postgres", condition: "service_healthy", restart: false }]);
    assert.deepEqual(service.networks, { backend: null });
  });

  test("works on the database of the config", () => {
    assert.equal(service.environment?.PGHOST, "postgres");
    assert.equal(service.environment.PGUSER, "me");
    assert.equal(service.environment.PGDATABASE, "mine");
    assert.equal(service.environment.PGPASSWORD, "${dbPassword}");
  });
});

describe("the foundation", () => {
  test("has limits and reservations of CPUs as the seed has them", () => {
    const resources = (name: string) => get(name).service.deploy?.resources;
    assert.equal(resources("architect")?.limits?.cpus, 0.5);
    assert.equal(bytes(resources("architect")?.reservations?.memory ?? 0), 256 * 1024 ** 2);
    assert.equal(resources("architect")?.reservations?.cpus, 0.25);
    assert.equal(resources("codebase-intelligence")?.limits?.cpus, 1);
    assert.equal(bytes(resources("codebase-intelligence")?.reservations?.memory ?? 0), 512 * 1024 ** 2);
  });

  test("knows its databases, its neighbours and its log level", () => {
    const environment = (name: string) => get(name).service.environment;
    assert.deepEqual(environment("architect"), {
      DATABASE_PATH: "/data/architect.db",
      CONTRACT_ENGINE_URL: "http://contract-engine:8000",
      CODEBASE_INTEL_URL: "http://codebase-intelligence:8000",
      ARTIFACTS_PATH: "/artifacts",
      LOG_LEVEL: "debug",
    });
    assert.deepEqual(environment("contract-engine"), {
      DATABASE_PATH: "/data/contracts.db",
      LOG_LEVEL: "debug",
    });
    assert.deepEqual(environment("codebase-intelligence"), {
      DATABASE_PATH: "/data/symbols.db",
      CHROMA_PATH: "/data/chroma",
      GRAPH_PATH: "/data/graph.json",
      ARTIFACTS_PATH: "/artifacts",
      CONTRACT_ENGINE_URL: "http://contract-engine:8000",
      LOG_LEVEL: "debug",
    });
  });

  test("is found under the seed's other name for codebase-intelligence as well", () => {
    const { networks = {} } = get("codebase-intelligence").service;
    assert.deepEqual(
      Object.values(networks)
        .map((attachment) => attachment?.aliases?.includes("codebase-intel"))
        .slice(0, 2),
      [true, true],
    );
  });

  test("keeps its data in the seed's volumes; the architect writes artifacts, codebase-intelligence only reads them", () => {
    const mounts = (name: string) =>
      Object.fromEntries(
        (get(name).service.volumes ?? []).map(({ source = "", target, read_only = false }) => [
          source,
          read_only ? `${target} read-only` : target,
        ]),
      );
    assert.deepEqual(mounts("architect"), {
      "super-team-architect-data": "/data",
      "super-team-artifacts": "/artifacts",
    });
    assert.deepEqual(mounts("contract-engine"), { "super-team-contract-data": "/data" });
    assert.deepEqual(mounts("codebase-intelligence"), {
      "super-team-intel-data": "/data",
      "super-team-chroma-data": "/data/chroma",
      "super-team-artifacts": "/artifacts read-only",
    });
  });

  test("is routed by the seed's prefixes to port 8000, under the seed's names", () => {
    const routes = dev.services.flatMap(({ name, route }) =>
      route === undefined ? [] : [[name, route.prefix, route.port, routeName(route)]],
    );
    assert.deepEqual(routes.toSorted(), [
      ["architect", "/api/architect", 8000, "architect"],
      ["codebase-intelligence", "/api/codebase", 8000, "codebase"],
      ["contract-engine", "/api/contracts", 8000, "contracts"],
    ]);
  });
});

describe("the gateway", () => {
  const traefik = (args: Partial<GatewayArgs>) => {
    const { service } = get("traefik", planned("dev", args));
    const environment = Object.entries(service.environment ?? {});
    const settings = (path: string) =>
      Object.fromEntries(
        environment.flatMap(([name, value]) =>
          name.startsWith(`TRAEFIK_${path}_`) ? [[name.slice(`TRAEFIK_${path}_`.length), value]] : [],
        ),
      );
    return { service, settings };
  };

  test("is Traefik 3.6, told by variables, which its health check reads too, and no arguments beside them", () => {
    const { service } = traefik({});
    assert.match(service.image ?? "", /^traefik:v3\.6/);
    assert.deepEqual(
      Object.keys(service.environment ?? {}).filter((name) => !/^TRAEFIK_[A-Z0-9_]+$/.test(name)),
      [],
    );
    assert.equal(service.command, undefined);
    assert.deepEqual(service.healthcheck?.test, ["CMD", "traefik", "healthcheck"]);
  });

  test("takes requests and answers /ping on port 80", () => {
    const { settings } = traefik({});
    assert.deepEqual(settings("ENTRYPOINTS"), { WEB_ADDRESS: ":80" });
    assert.deepEqual(settings("PING"), { ENTRYPOINT: "web" });
  });

  test("has its dashboard where the stack config says so, and nowhere else", () => {
    assert.deepEqual(traefik({}).settings("API"), {});
    assert.deepEqual(traefik({ dashboard: true }).settings("API"), { DASHBOARD: "true", INSECURE: "true" });
  });

  test("takes its routes from files by default, within 100 ms, and has no engine socket", () => {
    const { service, settings } = traefik({});
    assert.deepEqual(settings("PROVIDERS"), {
      PROVIDERSTHROTTLEDURATION: "100ms",
      FILE_DIRECTORY: "/etc/traefik/routes",
      FILE_WATCH: "true",
    });
    assert.deepEqual(
      service.volumes?.map(({ type, source, target, read_only }) => [type, source, target, read_only]),
      [["bind", "/checkout/.state/routes", "/etc/traefik/routes", true]],
    );
  });

  test("takes its routes from labels where the stack config says so, over a read-only socket, and only its own stack's", () => {
    const { service, settings } = traefik({ routing: "labels" });
    const docker = settings("PROVIDERS_DOCKER");
    assert.equal(docker.EXPOSEDBYDEFAULT, "false");
    assert.equal(docker.NETWORK, "super-team-frontend");
    assert.match(String(docker.CONSTRAINTS), /`com\.docker\.compose\.project`, `super-team`/);
    assert.deepEqual(settings("PROVIDERS_FILE"), {});
    assert.deepEqual(
      service.volumes?.map(({ source, read_only }) => [source, read_only]),
      [["/var/run/docker.sock", true]],
    );
  });
});

describe("TLS at the gateway", () => {
  const tls = { certFile: "/etc/ssl/fullchain.pem", keyFile: "/etc/ssl/privkey.pem" };
  const acme = { email: "ops@example.com", domains: ["example.com", "www.example.com", "api.example.com"] };
  const traefik = (args: Partial<GatewayArgs>) => get("traefik", planned("dev", args)).service;
  const redirected = {
    TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: ":80",
    TRAEFIK_ENTRYPOINTS_WEB_HTTP_REDIRECTIONS_ENTRYPOINT_TO: "websecure",
    TRAEFIK_ENTRYPOINTS_WEB_HTTP_REDIRECTIONS_ENTRYPOINT_SCHEME: "https",
    TRAEFIK_ENTRYPOINTS_WEBSECURE_ADDRESS: ":443",
  };
  const entryPoints = (args: Partial<GatewayArgs>) =>
    Object.fromEntries(
      Object.entries(traefik(args).environment ?? {}).filter(([name]) => /_(ENTRYPOINTS|CERT)/.test(name)),
    );

  test("is not there without a certificate, and all there is with one", () => {
    assert.deepEqual(entryPoint({}), { name: "web", port: "80/tcp", tls: false });
    for (const args of [{ tls }, { acme }]) {
      const { name, port, tls: isTls } = entryPoint(args);
      assert.deepEqual([name, port, isTls], ["websecure", "443/tcp", true]);
    }
  });

  test("with files of this machine mounts them to be read", () => {
    assert.deepEqual(entryPoints({ tls }), {
      ...redirected,
      TRAEFIK_ENTRYPOINTS_WEBSECURE_HTTP_TLS: "true",
    });
    const mounts = (traefik({ tls }).volumes ?? []).slice(1);
    assert.deepEqual(mounts, [
      { type: "bind", source: tls.certFile, target: certificate.certFile, read_only: true },
      { type: "bind", source: tls.keyFile, target: certificate.keyFile, read_only: true },
    ]);
  });

  test("from an authority has what it is asked with, and a volume for what it gives", () => {
    assert.deepEqual(entryPoints({ acme: { ...acme, server: "https://ca.example.com/directory" } }), {
      ...redirected,
      TRAEFIK_ENTRYPOINTS_WEBSECURE_HTTP_TLS_CERTRESOLVER: "acme",
      TRAEFIK_ENTRYPOINTS_WEBSECURE_HTTP_TLS_DOMAINS_0_MAIN: "example.com",
      TRAEFIK_ENTRYPOINTS_WEBSECURE_HTTP_TLS_DOMAINS_0_SANS: "www.example.com,api.example.com",
      TRAEFIK_CERTIFICATESRESOLVERS_ACME_ACME_EMAIL: "ops@example.com",
      TRAEFIK_CERTIFICATESRESOLVERS_ACME_ACME_STORAGE: "/acme/acme.json",
      TRAEFIK_CERTIFICATESRESOLVERS_ACME_ACME_CASERVER: "https://ca.example.com/directory",
      TRAEFIK_CERTIFICATESRESOLVERS_ACME_ACME_HTTPCHALLENGE_ENTRYPOINT: "web",
    });
    assert.deepEqual((traefik({ acme }).volumes ?? []).slice(1), [
      { type: "volume", source: "super-team-acme", target: "/acme" },
    ]);
  });

  test("is said by the entry point and not by a route, which would hide where its certificate comes from", () => {
    const route = { prefix: "/api/orders", port: 8080 };
    const { routers } = dynamicConfiguration(route, ["host"], entryPoint({ acme })).http;
    assert.equal("tls" in (routers.orders ?? {}), false);
  });
});

describe("every container", () => {
  test("has no capability and cannot gain one, and a read-only root file system unless a file is put into it", () => {
    for (const { name, service, files } of dev.services) {
      assert.deepEqual(service.cap_drop, ["ALL"], name);
      assert.equal(service.cap_add, undefined, name);
      assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
      assert.equal(service.read_only, files.length === 0 ? true : undefined, name);
    }
    const withFiles = dev.services.filter(({ files }) => files.length > 0).map(({ name }) => name);
    assert.deepEqual(withFiles, ["postgres"]);
  });
});

describe("networks and volumes", () => {
  test("have the seed's names in dev", () => {
    assert.deepEqual(
      Object.values(dev.networks)
        .map(({ name }) => name)
        .toSorted(),
      ["super-team-backend", "super-team-frontend"],
    );
    assert.deepEqual(
      Object.values(dev.volumes)
        .map(({ name }) => name)
        .toSorted(),
      [
        "super-team-architect-data",
        "super-team-artifacts",
        "super-team-chroma-data",
        "super-team-contract-data",
        "super-team-intel-data",
        "super-team-pgdata",
        "super-team-redisdata",
      ],
    );
  });

  test("carry the stack's own name in any other stack, so that stacks live side by side", () => {
    const other = planned("test");
    for (const { name } of [...Object.values(other.networks), ...Object.values(other.volumes)]) {
      assert.match(name, /^super-team-test[-_]/);
    }
    for (const { containers } of other.services) assert.match(containers[0]?.name ?? "", /^super-team-test-/);
  });

  test("of the backend have no way out", () => {
    assert.equal(dev.networks.backend?.internal, true);
    assert.notEqual(dev.networks.frontend?.internal, true);
  });
});

/** Host and container ports of a stack, by service. */
function ports(plan: Plan): Record<string, string[]> {
  return Object.fromEntries(
    plan.services.flatMap(({ name, service }) =>
      service.ports === undefined
        ? []
        : [[name, service.ports.map(({ published = "random", target }) => `${published}:${target}`)]],
    ),
  );
}

describe("the stack dev", () => {
  test("publishes the seed's host ports, with 8080 for the dashboard", () => {
    assert.deepEqual(ports(dev), {
      architect: ["8001:8000"],
      "contract-engine": ["8002:8000"],
      "codebase-intelligence": ["8003:8000"],
      traefik: ["80:80", "8080:8080"],
    });
  });

  test("publishes to this machine only what asks for no password: the services and the dashboard", () => {
    for (const { name, service } of dev.services) {
      for (const { target, host_ip } of service.ports ?? []) {
        if (target !== 80) assert.equal(host_ip, "127.0.0.1", `${name} ${target}`);
      }
    }
  });
});

describe("the stack test", () => {
  const other = planned("test");

  test("publishes random host ports, postgres among them, and no dashboard", () => {
    assert.deepEqual(ports(other), {
      postgres: ["random:5432"],
      architect: ["random:8000"],
      "contract-engine": ["random:8000"],
      "codebase-intelligence": ["random:8000"],
      traefik: ["random:80"],
    });
  });

  test("gives postgres one more network to be reached over, without a way out", () => {
    const { networks = {} } = get("postgres", other).service;
    const [extra = ""] = Object.keys(networks).filter((key) => key !== "backend");
    assert.deepEqual(other.networks[extra]?.driver_opts, {
      "com.docker.network.bridge.enable_ip_masquerade": "false",
    });
    for (const { name, service } of other.services) {
      if (name !== "postgres") assert.equal(extra in (service.networks ?? {}), false, name);
    }
  });
});
