import assert from "node:assert/strict";
import { connect } from "node:net";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import {
  assertNamedVolumes,
  assertProcessLimits,
  assertStartedBehind,
  containerIds,
  docker,
  eventsDuring,
  inspectContainer,
  inspectNetwork,
  leftOf,
  type ServiceEvent,
} from "../fixture/docker.ts";
import { allHealthy, ask, healthByPrefix, prefixes } from "../fixture/http.ts";

const infra = ["postgres", "redis", "migrations"] as const;
const foundation = ["architect", "contract-engine", "codebase-intelligence"] as const;
const generated = ["auth-service", "notifications-service", "orders-service"] as const;
const all = [...infra, ...foundation, "traefik", ...generated] as const;
type ServiceName = (typeof all)[number];
const applications = [...foundation, ...generated] as const;

/** An outside address that answers on TCP, for a look at who has a way out. */
const outside = { host: "1.1.1.1", port: 80 };

describe("a test stack", () => {
  let stack: TestStack;
  let gateway: string;
  let terminal: string;
  let events: readonly ServiceEvent[];
  before(async () => {
    stack = await TestStack.create();
    events = await eventsDuring(stack.project, async () => {
      const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
      assert.equal(code, 0, output);
      terminal = output;
    });
    gateway = await stack.gatewayUrl();
  });
  after(() => stack.down());

  const container = async (service: ServiceName) =>
    inspectContainer((await stack.service(service)).container);

  describe("right after up", () => {
    test("had said what it was waiting for", () => {
      assert.match(terminal, /waits for postgres to become healthy/);
    });

    test("has nothing to change", async () => {
      await assertNoChanges(stack);
    });

    test("has nothing to change after a refresh either", async () => {
      await assertNoDrift(stack);
    });

    for (const [service, ...dependencies] of [
      ["migrations", "postgres"],
      ["architect", "postgres", "migrations"],
      ["contract-engine", "postgres", "migrations"],
      ["codebase-intelligence", "postgres"],
      ["traefik", "architect", "contract-engine", "codebase-intelligence"],
      ["auth-service", "postgres", "migrations", "redis", "architect", "contract-engine"],
      ["orders-service", "postgres", "migrations", "redis", "architect", "contract-engine"],
      ["notifications-service", "postgres", "migrations", "redis", "architect", "contract-engine"],
    ] as const) {
      test(`had started ${service} only when ${dependencies.join(", ")} were ready`, () => {
        assertStartedBehind(events, service, dependencies, "migrations");
      });
    }
  });

  describe("through its gateway", () => {
    test("answers 200 on the health path of all six prefixes", async () => {
      assert.deepEqual(await healthByPrefix(gateway), allHealthy());
    });

    for (const service of applications) {
      test(`finds ${service} ready: what it needs has answered`, async () => {
        const checks = await until(`${service} is ready`, async () => {
          const { status, body } = await ask<{ checks: Record<string, string> }>(
            "GET",
            `${gateway}${prefixes[service]}/health/ready`,
          );
          return status === 200 && body.checks;
        });
        assert.ok(Object.keys(checks).length > 0);
        assert.deepEqual([...new Set(Object.values(checks))], ["ok"]);
      });
    }

    test("takes a path that only begins with the letters of a prefix for nobody's", async () => {
      for (const prefix of Object.values(prefixes)) {
        assert.equal((await ask("GET", `${gateway}${prefix}x/health`)).status, 404, prefix);
      }
    });

    test("answers 404 where no route leads", async () => {
      assert.equal((await ask("GET", `${gateway}/api/nowhere/health`)).status, 404);
    });

    test("answers a ping", async () => {
      assert.equal((await ask("GET", `${gateway}/ping`)).status, 200);
    });

    test("decomposes a PRD into the services it names, and indexes their artifacts", async () => {
      const decomposed = await ask<{ id: string; service_map: { services: { name: string }[] } }>(
        "POST",
        `${gateway}/api/architect/decompose`,
        {
          prd_text:
            "A web shop. The billing service charges cards. The shipping service sends parcels and " +
            "calls the billing service before it does.",
        },
      );
      assert.equal(decomposed.status, 201, JSON.stringify(decomposed.body));
      const { id, service_map } = decomposed.body;
      const names = service_map.services.map(({ name }) => name);
      assert.ok(names.includes("billing-service") && names.includes("shipping-service"), names.join());

      const kept = await ask<{ id: string }>("GET", `${gateway}/api/architect/decompositions/${id}`);
      assert.equal(kept.status, 200);
      assert.equal(kept.body.id, id);

      const indexed = await until(`the symbols of decomposition ${id}`, async () => {
        const { status, body } = await ask<{ symbols: { file: string }[] }>(
          "GET",
          `${gateway}/api/codebase/symbols?limit=1000`,
        );
        if (status !== 200) return false;
        const found = body.symbols.filter(({ file }) => file.includes(id));
        return found.length > 0 && found;
      });
      assert.ok(indexed.some(({ file }) => file.includes("billing")));
      assert.ok(indexed.some(({ file }) => file.includes("shipping")));
      // It is written after the symbols.
      await until(`decomposition ${id} in the graph`, async () => {
        const { status, body } = await ask<{ nodes: { id: string }[] }>(
          "GET",
          `${gateway}/api/codebase/graph`,
        );
        return status === 200 && body.nodes.some((node) => node.id.includes(id));
      });
    });

    test("refuses a contract that is no OpenAPI document", async () => {
      const { status } = await ask("POST", `${gateway}/api/contracts`, {
        name: "nothing-api",
        type: "openapi",
        document: { openapi: "3.1.0" },
      });
      assert.equal(status, 422);
    });

    test("answers 413 to a body that is too large, by length or in pieces, and stays up", async () => {
      const before = await containerIds(stack.project);
      const large = Buffer.alloc(64 * 1024 * 1024, " ");
      const pieces = new ReadableStream({
        start(controller) {
          for (let at = 0; at < large.length; at += 1024 * 1024)
            controller.enqueue(large.subarray(0, 1024 * 1024));
          controller.close();
        },
      });
      const post = { method: "POST", headers: { "content-type": "application/json" } };
      for (const prefix of [prefixes["contract-engine"], prefixes["orders-service"]]) {
        const whole = await fetch(`${gateway}${prefix}`, { ...post, body: large });
        assert.equal(whole.status, 413, prefix);
        assert.match(await whole.text(), /larger than \d+ bytes/);
      }
      const inPieces = await fetch(`${gateway}/api/contracts`, { ...post, body: pieces, duplex: "half" });
      assert.equal(inPieces.status, 413);
      assert.deepEqual(await containerIds(stack.project), before);
      assert.deepEqual(await healthByPrefix(gateway), allHealthy());
    });

    test("answers 422 to text that no database can keep", async () => {
      for (const text of ["\0", "\ud800", "a\udfff"]) {
        for (const body of [
          { name: "text", type: "jsonschema", document: { title: [text] } },
          { name: "text", type: "jsonschema", document: { [text]: 1 } },
        ]) {
          const { status } = await ask("POST", `${gateway}/api/contracts`, body);
          assert.equal(status, 422, JSON.stringify(body));
        }
        const { status } = await ask("POST", `${gateway}/api/orders`, { item: text, quantity: 1 });
        assert.equal(status, 422, JSON.stringify(text));
      }
    });

    for (const [source, query] of [
      ["http", ""],
      ["volume", "?source=volume"],
    ] as const) {
      test(`lets generated services read a contract over ${source}`, async () => {
        const name = `orders-api-${source}`;
        const document = {
          openapi: "3.0.3",
          info: { title: name, version: "1.0.0" },
          paths: { "/": { get: { responses: { "200": { description: "All orders" } } } } },
        };
        const created = await ask("POST", `${gateway}/api/contracts`, { name, type: "openapi", document });
        assert.equal(created.status, 201, JSON.stringify(created.body));
        for (const service of generated) {
          // An engine that is slow for two seconds is read by its volume.
          const read = await until(`${service} reads the contract over ${source}`, async () => {
            const { status, body } = await ask<{ source: string; version: number; document: unknown }>(
              "GET",
              `${gateway}${prefixes[service]}/contracts/${name}${query}`,
            );
            return status === 200 && body.source === source && body;
          });
          assert.equal(read.version, 1);
          assert.deepEqual(read.document, document);
        }
      });
    }

    test("keeps an order in PostgreSQL and delivers its notification", async () => {
      const order = { item: "a pencil", quantity: 3, customer: "ada@example.org" };
      const placed = await ask<{ id: string }>("POST", `${gateway}/api/orders`, order);
      assert.equal(placed.status, 201, JSON.stringify(placed.body));
      const { id } = placed.body;
      assert.deepEqual(await stack.query(`SELECT item, quantity, customer FROM orders WHERE id = '${id}'`), [
        "a pencil|3|ada@example.org",
      ]);
      await until(`the notification of order ${id}`, async () => {
        const { status, body } = await ask<{ notifications: { kind: string; key: string }[] }>(
          "GET",
          `${gateway}/api/notifications?recipient=ada@example.org`,
        );
        return (
          status === 200 &&
          body.notifications.some(({ kind, key }) => kind === "order.placed" && key.includes(id))
        );
      });
    });

    test("signs a user up and in", async () => {
      const user = { email: "ada@example.org", password: "correct horse" };
      assert.equal((await ask("POST", `${gateway}/api/auth/register`, user)).status, 201);
      const wrong = { ...user, password: "wrong horse" };
      assert.equal((await ask("POST", `${gateway}/api/auth/login`, wrong)).status, 401);
      const login = await ask<{ token: string }>("POST", `${gateway}/api/auth/login`, user);
      assert.equal(login.status, 200);
      const headers = { authorization: `Bearer ${login.body.token}` };
      const me = await ask<{ email: string }>("GET", `${gateway}/api/auth/me`, undefined, headers);
      assert.equal(me.status, 200);
      assert.equal(me.body.email, user.email);
    });

    test("starts the next test on an empty database when the fixture resets it", async () => {
      const order = { item: "a rubber", quantity: 1 };
      assert.equal((await ask("POST", `${gateway}/api/orders`, order)).status, 201);
      const migrated = await stack.query("SELECT count(*) FROM schema_migrations");
      await stack.resetDatabase();
      assert.deepEqual(await stack.query("SELECT count(*) FROM orders"), ["0"]);
      assert.deepEqual(await stack.query("SELECT count(*) FROM users"), ["0"]);
      assert.deepEqual(await stack.query("SELECT count(*) FROM schema_migrations"), migrated);
      assert.equal((await ask("POST", `${gateway}/api/orders`, order)).status, 201);
    });
  });

  describe("on its networks", () => {
    test("has every service exactly where the topology puts it", async () => {
      const both = ["backend", "frontend"];
      const found = await Promise.all(
        all.map(async (service) => {
          const { NetworkSettings } = await container(service);
          const names = Object.keys(NetworkSettings.Networks).sort();
          return [service, names.map((name) => name.slice(stack.project.length + 1))] as const;
        }),
      );
      assert.deepEqual(Object.fromEntries(found), {
        ...Object.fromEntries(applications.map((service) => [service, both])),
        // What is published needs a network that is not internal, too.
        postgres: ["backend", "published-ports"],
        redis: ["backend"],
        migrations: ["backend"],
        traefik: ["frontend"],
      });
    });

    test("closes the backend to the outside", async () => {
      assert.equal((await inspectNetwork(`${stack.project}-backend`)).Internal, true);
      assert.equal((await inspectNetwork(`${stack.project}-frontend`)).Internal, false);
    });

    test("lets traefik resolve architect, and not postgres", async () => {
      assert.equal((await stack.exec("traefik", "getent", "hosts", "architect")).code, 0);
      assert.notEqual((await stack.exec("traefik", "getent", "hosts", "postgres")).code, 0);
      assert.notEqual((await stack.exec("traefik", "getent", "hosts", "redis")).code, 0);
    });

    test("gives postgres, though published, and redis no way out", async (t) => {
      const { host, port } = outside;
      const python = `import socket; socket.create_connection(("${host}", ${port}), 5)`;
      const control = await stack.exec("architect", "python", "-c", python);
      if (control.code !== 0) {
        t.skip(`this machine has no way to ${host} itself: ${control.output}`);
        return;
      }
      // Whoever reaches the outside gets an answer that is no PostgreSQL's and no Redis's.
      const url = `postgresql://nobody@${host}:${port}/none?connect_timeout=3&sslmode=disable`;
      const [postgres, redis] = await Promise.all([
        stack.exec("postgres", "psql", url),
        stack.exec("redis", "timeout", "3", "redis-cli", "-h", host, "-p", String(port), "ping"),
      ]);
      assert.match(postgres.output, /unreachable|timeout expired|timed out/i);
      assert.notEqual(redis.code, 0);
      assert.match(redis.output, /unreachable|timed out|^$/i);
    });

    test("reaches postgres from the host on the port that the engine chose", async () => {
      const { ports } = await stack.service("postgres");
      const [host = "", port = ""] = (ports["5432/tcp"] ?? "").split(":");
      assert.notEqual(port, "5432");
      assert.match(await askPostgresForTls(host, Number(port)), /^[NS]$/);
    });

    test("does not publish redis, nor the generated services", async () => {
      for (const service of ["redis", "migrations", ...generated] as const) {
        assert.deepEqual((await stack.service(service)).ports, {}, service);
        const { HostConfig } = await container(service);
        assert.deepEqual(Object.keys((HostConfig.PortBindings as object | null) ?? {}), [], service);
      }
    });

    test("reaches the foundation services from the host on ports that the engine chose", async () => {
      for (const service of foundation) {
        const address = (await stack.service(service)).ports["8000/tcp"] ?? "";
        assert.doesNotMatch(address, /:800\d$/);
        assert.equal((await ask("GET", `http://${address}/api/health`)).status, 200, service);
      }
    });

    test("keeps the dashboard shut", async () => {
      assert.deepEqual(Object.keys((await stack.service("traefik")).ports), ["80/tcp"]);
      assert.equal((await ask("GET", `${gateway}/api/overview`)).status, 404);
    });
  });

  describe("as docker inspect shows it", () => {
    const MiB = 1024 ** 2;

    for (const [service, expected] of Object.entries({
      postgres: { memory: 512, reserved: 256, cpus: 0, stop: 30 },
      redis: { memory: 128, reserved: 0, cpus: 0, stop: 10 },
      architect: { memory: 512, reserved: 256, cpus: 0.5, stop: 10 },
      "contract-engine": { memory: 512, reserved: 0, cpus: 0, stop: 10 },
      "codebase-intelligence": { memory: 1024, reserved: 512, cpus: 1, stop: 15 },
      traefik: { memory: 128, reserved: 0, cpus: 0, stop: 10 },
      "auth-service": { memory: 512, reserved: 0, cpus: 0, stop: 10 },
      "orders-service": { memory: 512, reserved: 0, cpus: 0, stop: 10 },
      "notifications-service": { memory: 512, reserved: 0, cpus: 0, stop: 10 },
    }) as [ServiceName, { memory: number; reserved: number; cpus: number; stop: number }][]) {
      test(`limits ${service} and gives it its time to stop`, async () => {
        const { HostConfig: host, Config: config } = await container(service);
        assert.deepEqual(
          {
            memory: (host.Memory ?? 0) / MiB,
            reserved: (host.MemoryReservation ?? 0) / MiB,
            cpus: (host.NanoCpus ?? 0) / 1e9,
            stop: (config as { StopTimeout?: number }).StopTimeout,
          },
          expected,
        );
      });
    }

    test("gives postgres 256 MB of shared memory", async () => {
      assert.equal((await container("postgres")).HostConfig.ShmSize, 256 * MiB);
    });

    for (const [service, expected] of Object.entries({
      postgres: { interval: 10, timeout: 10, retries: 5, start: 30 },
      redis: { interval: 10, timeout: 5, retries: 3, start: 10 },
      architect: { interval: 15, timeout: 5, retries: 3, start: 30 },
      "contract-engine": { interval: 15, timeout: 5, retries: 3, start: 30 },
      "codebase-intelligence": { interval: 15, timeout: 5, retries: 5, start: 60 },
      traefik: { interval: 10, timeout: 5, retries: 3, start: 15 },
    }) as [ServiceName, { interval: number; timeout: number; retries: number; start: number }][]) {
      test(`probes ${service} as the health table says, and four times a second at the start`, async () => {
        const check = (await container(service)).Config.Healthcheck;
        assert.deepEqual(
          {
            interval: (check?.Interval ?? 0) / 1e9,
            timeout: (check?.Timeout ?? 0) / 1e9,
            retries: check?.Retries,
            start: (check?.StartPeriod ?? 0) / 1e9,
          },
          expected,
        );
        assert.equal((check as { StartInterval?: number }).StartInterval, 250e6);
      });
    }

    test("cannot fill a disk with logs", async () => {
      for (const service of all) {
        assert.deepEqual(
          (await container(service)).HostConfig.LogConfig,
          { Type: "json-file", Config: { "max-file": "3", "max-size": "10m", tag: "{{.Name}}" } },
          service,
        );
      }
    });

    test("restarts everything but the job unless it was stopped", async () => {
      for (const service of all) {
        const policy = (await container(service)).HostConfig.RestartPolicy?.Name;
        assert.equal(policy, service === "migrations" ? "no" : "unless-stopped", service);
      }
    });

    test("mounts read-only what a service only reads", async () => {
      const mounts = await Promise.all(
        all.map(async (service) =>
          (await container(service)).Mounts.filter(({ Name }) => Name?.startsWith(stack.project)).map(
            ({ Name, Destination, RW }) =>
              `${service} ${(Name ?? "").slice(stack.project.length + 1)}:${Destination}${RW ? "" : ":ro"}`,
          ),
        ),
      );
      assert.deepEqual(mounts.flat().sort(), [
        "architect architect-data:/data",
        "architect artifacts:/artifacts",
        "auth-service contract-data:/contracts:ro",
        "codebase-intelligence artifacts:/artifacts:ro",
        "codebase-intelligence chroma-data:/data/chroma",
        "codebase-intelligence intel-data:/data",
        "contract-engine contract-data:/data",
        "notifications-service contract-data:/contracts:ro",
        "orders-service contract-data:/contracts:ro",
        "postgres pgdata:/var/lib/postgresql/data",
        "redis redisdata:/data",
      ]);
    });

    test("has no volume without a name, and a limit of processes in every container", async () => {
      await assertNamedVolumes(stack.project);
      await assertProcessLimits(stack.project);
    });

    test("gives the gateway no engine socket", async () => {
      const { Mounts } = await container("traefik");
      assert.deepEqual(
        Mounts.filter(({ Destination }) => Destination.endsWith("docker.sock")),
        [],
      );
    });

    test("runs the applications without root and without build tools", async () => {
      const script = "id -u; command -v gcc cc make pip pip3 || true";
      for (const service of applications) {
        const { output } = await stack.exec(service, "sh", "-c", script);
        assert.match(output, /^[1-9]\d*\n$/, service);
      }
    });

    test("carries Compose's labels", async () => {
      for (const service of all) {
        const { Labels: labels } = (await container(service)).Config;
        const { revision } = await stack.service(service);
        assert.equal(labels["com.docker.compose.project"], stack.project);
        assert.equal(labels["com.docker.compose.service"], service);
        assert.equal(labels["com.docker.compose.container-number"], "1");
        assert.equal(labels["com.docker.compose.oneoff"], "False");
        assert.ok(labels["com.docker.compose.config-hash"]?.startsWith(revision), service);
      }
    });

    test("shows no password outside the environments that need it", async () => {
      for (const service of all) {
        const { Config } = await container(service);
        assert.doesNotMatch(JSON.stringify({ ...Config, Env: [] }), /superteam_secret/, service);
      }
    });
  });

  describe("for those who look after it", () => {
    test("is listed whole by docker compose ps", async () => {
      const text = await docker("compose", "-p", stack.project, "ps", "--all", "--format", "json");
      const listed = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { Service: string; State: string; Health: string });
      assert.deepEqual(listed.map(({ Service }) => Service).sort(), [...all].sort());
      for (const { Service, State, Health } of listed) {
        assert.equal(`${State} ${Health}`.trim(), Service === "migrations" ? "exited" : "running healthy");
      }
    });

    test("is shown by status: tier, service, container, state, health, ports, URL", async () => {
      const { code, output } = await stack.command("status");
      assert.equal(code, 0, output);
      const [shown = ""] = output.split("\n\n");
      const rows = shown.split("\n").map((line) => line.trim().split(/ {2,}/));
      const row = (service: string) => rows.find((cells) => cells[1] === service);
      const address = (await stack.service("architect")).ports["8000/tcp"] ?? "";
      const port = address.split(":").at(-1) ?? "";
      const { revision } = await stack.service("architect");
      assert.deepEqual(row("architect")?.toSpliced(5, 1), [
        ...["foundation", "architect", `${stack.project}-architect-1`, "running", "healthy"],
        ...[`${port}→8000`, `${gateway}/api/architect`, revision],
      ]);
      assert.match(row("architect")?.[5] ?? "", /^\d+ (?:s|min|h|d)$/);
      assert.match(row("migrations")?.slice(0, 4).join(" ") ?? "", /^infra migrations \S+ exited \(0\)$/);
      const { container: name } = await stack.service("auth-service");
      assert.deepEqual(row("auth-service")?.slice(0, 5), [
        ...["generated", "auth-service", name],
        ...["running", "healthy"],
      ]);
      const tiers = rows.slice(1).flatMap(([tier = ""]) => (tier === "" ? [] : [tier]));
      assert.deepEqual([...new Set(tiers)], ["infra", "foundation", "gateway", "generated"]);
      assert.equal(tiers.length, all.length);
    });

    test("has real ports, URLs and names in its outputs", async () => {
      const published = await docker("port", `${stack.project}-traefik-1`, "80/tcp");
      const port = published.split("\n")[0]?.split(":").at(-1) ?? "";
      assert.equal(gateway, `http://localhost:${port}`);
      for (const service of applications) {
        const { container: name, revision, url } = await stack.service(service);
        const suffix = generated.some((startFirst) => startFirst === service) ? "-[0-9a-f]{7}" : "";
        assert.match(name, new RegExp(`^${stack.project}-${service}-1${suffix}$`));
        assert.equal(url, `${gateway}${prefixes[service]}`);
        assert.match(revision, /^[0-9a-f]{12}$/);
      }
    });

    test("keeps the password out of its state in clear", async () => {
      const { output } = await stack.pulumi("stack", "export");
      const { deployment } = JSON.parse(output) as { deployment: { resources: unknown[] } };
      assert.ok(deployment.resources.length > all.length);
      assert.doesNotMatch(JSON.stringify(deployment.resources), /superteam_secret/);
    });
  });

  describe("when it is destroyed", () => {
    let stopped: readonly ServiceEvent[];
    let postgresLog: string;
    let anonymous: readonly string[];
    before(async () => {
      const containers = await Promise.all(all.map(container));
      anonymous = containers.flatMap(({ Mounts }) =>
        Mounts.flatMap(({ Name = "" }) => (/^[0-9a-f]{64}$/.test(Name) ? [Name] : [])),
      );
      const log = followLog(`${stack.project}-postgres-1`);
      stopped = await eventsDuring(stack.project, async () => {
        const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
        assert.equal(code, 0, output);
      });
      postgresLog = await log;
    });

    test("ends PostgreSQL's log with a clean shutdown", () => {
      assert.match(postgresLog.trim().split("\n").at(-1) ?? "", /database system is shut down/);
    });

    test("stops what depends on others before them, and kills nothing", () => {
      const died = stopped.filter(({ action }) => action === "die");
      const order = died.map(({ service }) => service);
      assert.deepEqual([...order].sort(), all.filter((service) => service !== "migrations").sort());
      for (const service of [...foundation, ...generated]) {
        assert.ok(order.indexOf(service) < order.indexOf("postgres"), order.join());
      }
      for (const service of generated) {
        assert.ok(order.indexOf(service) < order.indexOf("redis"), order.join());
        assert.ok(order.indexOf(service) < order.indexOf("contract-engine"), order.join());
      }
      assert.ok(order.indexOf("traefik") < order.indexOf("architect"), order.join());
      assert.deepEqual(
        died.filter(({ exitCode }) => exitCode === "137"),
        [],
      );
    });

    test("leaves no container, network, volume or image behind", async () => {
      assert.deepEqual(await leftOf(stack.project), []);
    });

    test("leaves none of the volumes that images declare behind", async () => {
      const volumes = (await docker("volume", "ls", "--format", "{{.Name}}")).split("\n");
      assert.deepEqual(
        anonymous.filter((name) => volumes.includes(name)),
        [],
      );
    });
  });
});

/** The first byte a PostgreSQL server says to a client that asks for TLS: S or N. */
async function askPostgresForTls(host: string, port: number): Promise<string> {
  // https://www.postgresql.org/docs/16/protocol-message-formats.html, SSLRequest
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(80877103, 4);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(request));
    socket.setTimeout(10_000, () => socket.destroy(new Error(`${host}:${port} says nothing`)));
    socket.once("error", reject);
    socket.once("data", (data) => {
      resolve(data.toString("latin1", 0, 1));
      socket.destroy();
    });
  });
}

/** A container's log to its end, which is when the container has stopped. */
async function followLog(container: string): Promise<string> {
  const child = spawn("docker", ["logs", "--follow", "--tail", "20", container], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  }
  await new Promise((resolve) => child.once("close", resolve));
  return text;
}
