import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect, TLSSocket } from "node:tls";
import { projectLabel } from "../../components/plan/package-names.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import {
  assertNamedVolumes,
  assertProcessLimits,
  assertStartedBehind,
  docker,
  eventsDuring,
  inspectContainer,
  leftOf,
  type ServiceEvent,
} from "../fixture/docker.ts";
import { ask } from "../fixture/http.ts";
import { assertTyped, commandsIn, typedRows, type Expected } from "../fixture/typed.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";

const folder = "systems/hercules";
const config = "Pulumi.dev.yaml";

const services = [
  "api-gateway",
  "auth-service",
  "certificate",
  "nginx",
  "postgres",
  "redis",
  "user-service",
] as const;
type ServiceName = (typeof services)[number];

/** With what a URL and a shell would trip over. */
const secrets = {
  DB_PASSWORD: `db-${randomBytes(8).toString("hex")} /@:%`,
  REDIS_PASSWORD: `redis-${randomBytes(8).toString("hex")}'$&?#`,
  JWT_SECRET: `jwt-${randomBytes(32).toString("hex")}`,
};

/** They want a passphrase of their own. */
const environment = { ...secrets, PULUMI_CONFIG_PASSPHRASE: "correct horse" };

/** No secret, in whatever spelling: what is random in it. */
function assertNoSecret(text: string, where: string): void {
  for (const [name, value] of Object.entries(secrets)) {
    const core = /[0-9a-f]{16,}/.exec(value)?.[0] ?? value;
    assert.ok(!text.includes(core), `${name} in clear in ${where}`);
  }
}

/** Published on ports that the engine chooses. */
const anyPorts = {
  "api-gateway": { ports: [{ target: 8000, host_ip: "127.0.0.1" }] },
  "auth-service": { ports: [{ target: 8000, host_ip: "127.0.0.1" }] },
  "user-service": { ports: [{ target: 8000, host_ip: "127.0.0.1" }] },
  nginx: { ports: [{ target: 443, host_ip: "127.0.0.1" }] },
};

describe("preview of hercules, without an engine", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({ folder, config, engine: false, environment });
  });
  after(() => stack.down());

  async function refusal(changes: Parameters<TestStack["configure"]>[0]) {
    await stack.configure(changes);
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assertNoSecret(output, "the preview");
    return mistakesIn(output);
  }

  test("has every service on the ports of the seed, its volumes, and no network of its own", async () => {
    await stack.configure();
    const { code, output } = await stack.pulumi("preview", "--json");
    assert.equal(code, 0, output);
    assertNoSecret(output, "the preview");
    interface Step {
      readonly urn: string;
      readonly newState?: { readonly inputs: { ports?: { external?: number; internal: number }[] } };
    }
    const { steps } = JSON.parse(output) as { readonly steps: readonly Step[] };
    const made = (type: string) => steps.filter(({ urn }) => urn.includes(`:${type}::`));
    const named = ({ urn }: Step) => urn.split("::").at(-1) ?? "";
    assert.deepEqual(
      Object.fromEntries(
        made("Container").map((step) => [
          stack.serviceOf(step.urn),
          (step.newState?.inputs.ports ?? []).map(
            ({ external, internal }) => `${external ?? ""}:${internal}`,
          ),
        ]),
      ),
      {
        "api-gateway": ["8090:8000"],
        "auth-service": ["8091:8000"],
        certificate: [],
        nginx: ["8445:443"],
        postgres: [],
        redis: [],
        "user-service": ["8092:8000"],
      },
    );
    assert.deepEqual(
      made("Volume").map(named).sort(),
      ["postgres-data", "redis-data", "tls"].map((key) => `${stack.project}_${key}`),
    );
    assert.deepEqual(made("Network"), []);
  });

  test("asks for every secret that is set nowhere, by its key and its variable", async (t) => {
    const without = await TestStack.create({ folder, config, engine: false });
    t.after(() => without.down());
    const { code, output } = await without.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    const mistakes = mistakesIn(output);
    assert.deepEqual(
      mistakes.map(({ place }) => place),
      ["dbPassword", "redisPassword", "jwtSecret"].map((key) => `Pulumi.${without.name}.yaml: ${key}`),
    );
    for (const [index, variable] of Object.keys(secrets).entries()) {
      assert.match(mistakes[index]?.fix ?? "", new RegExp(`\\b${variable}\\b`));
    }
  });

  test("refuses to lock secrets of the environment with the empty passphrase", async (t) => {
    const open = await TestStack.create({ folder, config, engine: false, environment: secrets });
    t.after(() => open.down());
    const { code, output } = await open.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assertNoSecret(output, "the preview");
    const [mistake, ...others] = mistakesIn(output);
    assert.deepEqual(others, []);
    assert.equal(mistake?.place, `Pulumi.${open.name}.yaml: dbPassword, redisPassword, jwtSecret`);
    assert.match(mistake.fix, /PULUMI_CONFIG_PASSPHRASE.* change-secrets-provider passphrase/);
  });

  for (const [what, port, says, advises] of [
    ["of another system", "8443", /8443.*PORT_REGISTRY\.json.*trading-platform/, /publish 8091/],
    ["outside the ranges", "9090", /9090.*PORT_REGISTRY\.json.*none of its ranges/, /publish 8091/],
    ["that nobody has", "8095", /8095.*PORT_REGISTRY\.json.*nobody/, /publish 8091/],
  ] as const) {
    test(`refuses a host port ${what}, and names the one to take`, async () => {
      const [mistake, ...others] = await refusal({
        services: { "auth-service": { ports: [{ target: 8000, published: port }] } },
      });
      assert.equal(others.length, 0);
      assert.match(mistake?.place ?? "", /^Pulumi\.t-.*\.yaml: services\.auth-service\.ports\.0$/);
      assert.match(mistake?.message ?? "", says);
      assert.match(mistake?.fix ?? "", advises);
    });
  }

  test("asks the registry that the stack names", async (t) => {
    const elsewhere = await mkdtemp(join(tmpdir(), "registry-"));
    t.after(() => rm(elsewhere, { recursive: true }));
    const portRegistry = join(elsewhere, "PORTS.json");
    const [missing] = await refusal({ settings: { portRegistry } });
    assert.equal(missing?.place, `${portRegistry}: (the file)`);
    await writeFile(
      portRegistry,
      JSON.stringify({
        metadata: { port_ranges: { everybody: { start: 8000, end: 8999 } } },
        allocations: Object.fromEntries(
          [8090, 8092, 8445].map((port) => [port, { system: "hercules" }] as const),
        ),
      }),
    );
    const [mistake, ...others] = await refusal({ settings: { portRegistry } });
    assert.equal(others.length, 0);
    assert.equal(mistake?.place, "docker-compose.yml: services.auth-service.ports.0");
    assert.match(mistake.fix, /^8091 is free/);
  });
});

describe("hercules", () => {
  let stack: TestStack;
  let network: string;
  let terminal: string;
  let events: readonly ServiceEvent[];
  let temporary: string;
  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "hercules-"));
    stack = await TestStack.create({ folder, config, environment });
    network = `hercules-network-${stack.name}`;
  });
  after(async () => {
    await stack.down();
    await docker("network", "rm", "--force", network);
    await rm(temporary, { recursive: true });
  });

  const container = (service: ServiceName) => inspectContainer(`${stack.project}-${service}-1`);

  async function configure(changes: Parameters<TestStack["configure"]>[0] = {}): Promise<void> {
    const settings: Settings = {
      keepVolumes: false,
      networks: { "hercules-network": { name: network, external: true } },
      environment: { SERVER_NAME: "hercules.test", MAX_BODY_BYTES: "20000" },
      ...changes.settings,
    };
    await stack.configure({ settings, services: { ...anyPorts, ...changes.services } });
  }

  async function up(): Promise<void> {
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview", "--diff");
    assert.equal(code, 0, output);
    assertNoSecret(output, "what up --diff says");
    terminal = output;
  }

  test("says that the external network is missing, and how it is made", async () => {
    await configure();
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    const [mistake, ...others] = mistakesIn(output);
    assert.equal(others.length, 0, output);
    assert.match(mistake?.place ?? "", /networks\.hercules-network$/);
    assert.match(mistake?.message ?? "", new RegExp(network));
    const [, command = ""] = /docker (network create .*)$/.exec(mistake?.fix ?? "") ?? [];
    assert.equal(command, `network create ${network}`);
    // Marked as the stack's, so that whoever clears up after a killed test finds it.
    await docker("network", "create", "--label", `${projectLabel}=${stack.project}`, network);
  });

  describe("up", () => {
    before(async () => {
      events = await eventsDuring(stack.project, up);
    });

    test("has no volume without a name, and a limit of processes in every container", async () => {
      await assertNamedVolumes(stack.project);
      await assertProcessLimits(stack.project);
    });

    test("had said what it was waiting for", () => {
      assert.match(terminal, /waits for postgres to become healthy/);
    });

    for (const [service, ...dependencies] of [
      ["auth-service", "postgres", "redis"],
      ["user-service", "postgres", "redis", "auth-service"],
      ["api-gateway", "auth-service", "user-service"],
      ["nginx", "api-gateway", "certificate"],
    ] as const) {
      test(`had started ${service} only when ${dependencies.join(", ")} were ready`, () => {
        assertStartedBehind(events, service, dependencies, "certificate");
      });
    }

    test("has nothing to change, and says no secret in saying so", async () => {
      const { code, output } = await stack.pulumi("preview", "--expect-no-changes", "--diff");
      assert.equal(code, 0, output);
      assertNoSecret(output, "preview --diff");
    });

    test("has nothing to change after a refresh either", async () => {
      const refresh = await stack.pulumi("refresh", "--yes", "--skip-preview", "--diff");
      assert.equal(refresh.code, 0, refresh.output);
      assertNoSecret(refresh.output, "refresh --diff");
      const { code, output } = await stack.pulumi("preview", "--expect-no-changes", "--diff");
      assert.equal(code, 0, output);
    });

    test("has every service on the network that was there before, under its own name", async () => {
      for (const service of services) {
        const networks = Object.entries((await container(service)).NetworkSettings.Networks);
        if (service === "certificate")
          assert.deepEqual(
            networks.map(([name]) => name),
            ["none"],
          );
        else {
          assert.deepEqual(
            networks.map(([name]) => name),
            [network],
          );
          assert.ok((networks[0]?.[1].Aliases as string[] | null)?.includes(service), service);
        }
      }
    });

    test("runs PostgreSQL 15 and a Redis that answers nobody without the password", async () => {
      assert.match((await stack.query("SHOW server_version"))[0] ?? "", /^15\./);
      const anonymous = await stack.exec("redis", "env", "-u", "REDISCLI_AUTH", "redis-cli", "ping");
      assert.match(anonymous.output, /NOAUTH/);
      assert.equal((await stack.exec("redis", "redis-cli", "ping")).output.trim(), "PONG");
    });

    test("keeps PostgreSQL and Redis to itself", async () => {
      for (const service of ["postgres", "redis"] as const) {
        assert.deepEqual((await stack.service(service)).ports, {}, service);
      }
    });

    test("runs the applications without root", async () => {
      for (const service of ["auth-service", "user-service", "api-gateway"]) {
        assert.match((await stack.exec(service, "id", "-u")).output, /^[1-9]\d*\n$/, service);
      }
    });
  });

  describe("its health", () => {
    const checks = {
      "auth-service": ["database", "redis"],
      "user-service": ["database", "redis", "auth_service"],
      "api-gateway": ["auth_service", "user_service"],
    };

    for (const [service, names] of Object.entries(checks)) {
      test(`is that of ${service}: alive, and ready when ${names.join(", ")} are`, async () => {
        const url = await stack.url(service);
        assert.deepEqual(await ask("GET", `${url}/health`), {
          status: 200,
          body: { status: "healthy", service },
        });
        const ready = await until(`${service} is ready`, async () => {
          const { status, body } = await ask<{ status: string }>("GET", `${url}/health/ready`);
          return status === 200 && body.status === "ready" && body;
        });
        assert.deepEqual(ready, {
          status: "ready",
          checks: Object.fromEntries(names.map((name) => [name, "healthy"])),
        });
      });
    }

    test("is degraded without Redis, which connectivity finds too, and whole again with it", async () => {
      const ready = async (service: string) =>
        ask<{ status: string; checks: Record<string, string> }>(
          "GET",
          `${await stack.url(service)}/health/ready`,
        );
      await docker("stop", `${stack.project}-redis-1`);
      for (const service of ["auth-service", "user-service"]) {
        const { status, body } = await ready(service);
        assert.equal(status, 200);
        assert.equal(body.status, "degraded");
        assert.equal(body.checks.database, "healthy");
        assert.match(body.checks.redis ?? "", /^unhealthy: /);
        assertNoSecret(JSON.stringify(body), service);
        assert.equal((await ask("GET", `${await stack.url(service)}/health`)).status, 200);
      }
      const { code, rows } = await connectivity();
      assert.equal(code, 1);
      const failed = rows.filter(([, , , verified]) => verified !== "✓ verified");
      assert.deepEqual(
        failed.map(([from, to, port]) => [from, to, port]),
        [
          ["auth-service", "redis", "6379"],
          ["user-service", "redis", "6379"],
        ],
      );
      for (const [, , , reason] of failed) assert.match(reason ?? "", /^✗ \w/);

      await docker("start", `${stack.project}-redis-1`);
      for (const service of ["auth-service", "user-service"]) {
        await until(`${service} is whole again`, async () => (await ready(service)).body.status === "ready");
      }
      // The commands of the tests behind this one ask a stack that is ready.
      const { code: ended, output } = await stack.command("wait");
      assert.equal(ended, 0, output);
    });
  });

  async function connectivity() {
    const { code, output } = await stack.command("connectivity");
    assertNoSecret(output, "the table of connections");
    const [heading, ...lines] = output.trim().split("\n");
    assert.match(heading ?? "", /^FROM +TO +PORT +VERIFIED$/, output);
    const rows = lines.slice(0, lines.indexOf("")).map((line) => line.split(/ {2,}/));
    return { code, rows, output };
  }

  test("has connections that connectivity verifies by making them", async () => {
    const { code, rows, output } = await connectivity();
    assert.equal(code, 0, output);
    assert.deepEqual(
      rows,
      [
        ["api-gateway", "auth-service", "8000"],
        ["api-gateway", "user-service", "8000"],
        ["auth-service", "postgres", "5432"],
        ["auth-service", "redis", "6379"],
        ["nginx", "api-gateway", "8000"],
        ["user-service", "auth-service", "8000"],
        ["user-service", "postgres", "5432"],
        ["user-service", "redis", "6379"],
      ].map((row) => [...row, "✓ verified"]),
    );
    assert.match(output, /^8 verified, 0 failed$/m);
  });

  describe("by the commands of its page, in place of those that were typed before,", () => {
    const sources = "set -a; source ~/.secrets/hercules.env; set +a";
    const readiness = "curl -sf http://localhost:8090/health/ready";
    const expected: Readonly<Record<string, Expected>> = {
      "npx pulumi-compose preview": {},
      "npx pulumi-compose status": { shows: / nginx +\S+ +running +healthy / },
      "docker network inspect hercules-network": { shows: /-nginx-1"/ },
      [sources]: { environment: { DB_PASSWORD: "", REDIS_PASSWORD: "", JWT_SECRET: "" } },
      "npx pulumi-compose up": { shows: / nginx +\S+ +running +healthy / },
      "npx pulumi-compose logs -f": { shows: / \| / },
      "npx pulumi-compose connectivity": { shows: /^8 verified, 0 failed$/m },
      [readiness]: { shows: /"status":"ready"/ },
    };

    /** What this stack has in place of what the page names. */
    async function here(command: string): Promise<string> {
      if (command === sources) {
        const file = join(temporary, "hercules.env");
        const quoted = Object.entries(secrets).map(
          ([name, value]) => `${name}='${value.replace("'", "'\\''")}'`,
        );
        await writeFile(file, quoted.join("\n"));
        return `${sources.replace("~/.secrets/hercules.env", file)}; npx pulumi-compose preview`;
      }
      if (command !== readiness) return command.replace("hercules-network", network);
      const urls = ["api-gateway", "auth-service", "user-service"].map((service) => stack.url(service));
      return (await Promise.all(urls)).map((url) => `curl -sf ${url}/health/ready`).join(" && ");
    }

    for (const command of typedRows(`${folder}/README.md`).flatMap(commandsIn)) {
      test(`works by ${command}`, async () => {
        const what = expected[command] ?? assert.fail("nothing is expected of the command");
        await assertTyped(await here(command), stack, what);
      });
    }
  });

  interface Secured<Body> {
    readonly status: number;
    readonly body: Body;
    /** The name the certificate was made for. */
    readonly subject: string | undefined;
  }

  /** A request through nginx, whose certificate has to be right for the name. */
  async function throughNginx<Body = unknown>(
    method: string,
    path: string,
    {
      body,
      token,
      servername = "hercules.test",
      ca,
    }: { body?: unknown; token?: string; servername?: string; ca?: string } = {},
  ): Promise<Secured<Body>> {
    const { ports } = await stack.service("nginx");
    const [, port = ""] = (ports["443/tcp"] ?? "").split(":");
    ca ??= (await stack.exec("nginx", "cat", "/etc/nginx/tls/fullchain.pem")).output;
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(30_000);
      const sent = request(
        { host: "localhost", port, path, method, servername, ca, agent: false, signal },
        (response) => {
          let text = "";
          assert.ok(response.socket instanceof TLSSocket);
          const subject = response.socket.getPeerCertificate().subject.CN;
          response.setEncoding("utf8").on("data", (more: string) => (text += more));
          response.on("end", () => {
            const isJson = text !== "" && response.headers["content-type"] === "application/json";
            resolve({
              status: response.statusCode ?? 0,
              body: (isJson ? JSON.parse(text) : text) as Body,
              subject: Array.isArray(subject) ? subject.join() : subject,
            });
          });
        },
      );
      sent.on("error", reject);
      if (body !== undefined) sent.setHeader("content-type", "application/json");
      if (token !== undefined) sent.setHeader("authorization", `Bearer ${token}`);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  describe("through nginx", () => {
    interface Tokens {
      readonly access_token: string;
      readonly refresh_token: string;
    }
    const ada = { email: "ada@example.org", password: "correct horse" };
    let tokens: Tokens;
    let id: string;

    test("answers by TLS, under the name that its certificate was made for", async () => {
      const { status, body, subject } = await throughNginx("GET", "/health");
      assert.equal(status, 200);
      assert.deepEqual(body, { status: "healthy", service: "api-gateway" });
      assert.equal(subject, "hercules.test");
      assert.equal((await throughNginx("GET", "/health/ready")).status, 200);
      await assert.rejects(throughNginx("GET", "/health", { servername: "example.org" }), /altnames/);
    });

    test("speaks HTTP/2, and no HTTP without TLS", async () => {
      const { ports } = await stack.service("nginx");
      const [host = "", port = ""] = (ports["443/tcp"] ?? "").split(":");
      const offered = await new Promise((resolve, reject) => {
        const options = { host, port: Number(port), ALPNProtocols: ["h2"], rejectUnauthorized: false };
        const socket = connect(options, () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        });
        socket.on("error", reject);
      });
      assert.equal(offered, "h2");
      assert.equal((await ask("GET", `http://${host}:${port}/health`)).status, 400);
    });

    test("signs a user up and in, with a token that the auth-service has signed", async () => {
      const registered = await throughNginx<{ id: string }>("POST", "/api/auth/register", { body: ada });
      assert.equal(registered.status, 201);
      id = registered.body.id;
      const wrong = await throughNginx("POST", "/api/auth/login", {
        body: { ...ada, password: "wrong horse" },
      });
      assert.equal(wrong.status, 401);
      const login = await throughNginx<Tokens>("POST", "/api/auth/login", { body: ada });
      assert.equal(login.status, 200);
      tokens = login.body;
      const [header = "", claims = ""] = tokens.access_token
        .split(".")
        .map((part) => Buffer.from(part, "base64url").toString());
      assert.equal((JSON.parse(header) as { alg: string }).alg, "HS256");
      assert.equal((JSON.parse(claims) as { sub: string }).sub, id);
    });

    test("is answered 413 where its body is larger than stack config allows", async () => {
      const sized = (length: number) => ({ ...ada, password: "p".repeat(length) });
      for (const [length, expected] of [
        // It gets as far as the auth-service, which wants shorter passwords.
        [10_000, 422],
        [30_000, 413],
      ] as const) {
        const { status } = await throughNginx("POST", "/api/auth/login", { body: sized(length) });
        assert.equal(status, expected, `${length} bytes`);
      }
    });

    test("lets nobody at the users without a valid token", async () => {
      assert.equal((await throughNginx("GET", "/api/users/me")).status, 401);
      const [header, claims = "", signature] = tokens.access_token.split(".");
      const other = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
      const forged = Buffer.from(JSON.stringify({ ...other, sub: "somebody else" })).toString("base64url");
      for (const token of ["nonsense", [header, forged, signature].join(".")]) {
        assert.equal((await throughNginx("GET", "/api/users/me", { token })).status, 401, token);
      }
    });

    test("keeps a user in PostgreSQL and a session in Redis", async () => {
      const token = tokens.access_token;
      const saved = await throughNginx("PUT", "/api/users/me", { token, body: { name: "Ada" } });
      assert.deepEqual(saved.body, { id, email: ada.email, name: "Ada" });
      assert.deepEqual((await throughNginx("GET", `/api/users/${id}`, { token })).body, saved.body);
      assert.deepEqual(await stack.query("SELECT id, name FROM users"), [`${id}|Ada`]);
      const keys = (await stack.exec("redis", "redis-cli", "--raw", "keys", "*")).output;
      assert.match(keys, /^session:/m);
      assert.match(keys, new RegExp(`^user:${id}$`, "m"));
    });

    test("refreshes a session by way of the user-service, once", async () => {
      const body = { refresh_token: tokens.refresh_token };
      const refreshed = await throughNginx<Tokens & { user: { name: string } }>(
        "POST",
        "/api/users/session",
        {
          body,
        },
      );
      assert.equal(refreshed.status, 200);
      assert.equal(refreshed.body.user.name, "Ada");
      assert.equal((await throughNginx("POST", "/api/users/session", { body })).status, 401);
      tokens = refreshed.body;
      assert.equal((await throughNginx("GET", "/api/users/me", { token: tokens.access_token })).status, 200);
    });

    test("takes a token back at logout", async () => {
      const token = tokens.access_token;
      const body = { refresh_token: tokens.refresh_token };
      assert.equal((await throughNginx("POST", "/api/auth/logout", { token, body })).status, 204);
      assert.equal((await throughNginx("GET", "/api/users/me", { token })).status, 401);
    });
  });

  describe("when it changes", () => {
    test("finds a gateway that was replaced", async () => {
      await configure({
        services: { "api-gateway": { ...anyPorts["api-gateway"], environment: { LOG_LEVEL: "debug" } } },
      });
      const old = await container("api-gateway");
      await up();
      assert.notEqual((await container("api-gateway")).Id, old.Id);
      assert.equal((await throughNginx("GET", "/health")).status, 200);
    });

    test("takes the certificate's files that the stack names", async () => {
      const { Config } = await container("certificate");
      const user = process.getuid === undefined ? [] : ["--user", String(process.getuid())];
      const run = [
        "run",
        "--rm",
        ...user,
        "--volume",
        `${temporary}:/tls`,
        "--env",
        "SERVER_NAME=hercules.example.org",
      ];
      await docker(...run, Config.Image);
      const mounted = (file: string) => ({
        type: "bind" as const,
        source: join(temporary, file),
        target: `/etc/nginx/tls/${file}`,
        read_only: true,
      });
      const volumes = [mounted("fullchain.pem"), mounted("privkey.pem")];
      await configure({ services: { nginx: { ...anyPorts.nginx, volumes } } });
      await up();
      const ca = await readFile(join(temporary, "fullchain.pem"), "utf8");
      const { status, subject } = await throughNginx("GET", "/health", {
        ca,
        servername: "hercules.example.org",
      });
      assert.equal(status, 200);
      assert.equal(subject, "hercules.example.org");
    });
  });

  describe("its secrets", () => {
    test("are in clear in no file of the state", async () => {
      for (const kind of [
        "stacks/hercules",
        `backups/hercules/${stack.name}`,
        `history/hercules/${stack.name}`,
      ]) {
        const folder = join(directory, ".state", ".pulumi", kind);
        const files = (await readdir(folder)).filter((name) => name.startsWith(stack.name));
        assert.notDeepEqual(files, [], kind);
        for (const name of files) assertNoSecret(await readFile(join(folder, name), "utf8"), name);
      }
    });

    test("are in no preview of a change to what holds them", async () => {
      await configure({
        services: { redis: { environment: { TZ: "UTC" } }, postgres: { environment: { TZ: "UTC" } } },
      });
      const { code, output } = await stack.pulumi("preview", "--diff");
      assert.equal(code, 0, output);
      assert.match(output, /redis/);
      assertNoSecret(output, "preview --diff");
      assertNoSecret((await stack.pulumi("preview", "--json")).output, "preview --json");
      assertNoSecret((await stack.pulumi("stack", "output", "--json")).output, "the outputs");
    });

    test("are in no log and no label, and in the command of no other service than redis", async () => {
      for (const service of services) {
        assertNoSecret(await docker("logs", `${stack.project}-${service}-1`), `the log of ${service}`);
        const { Config, Args } = await container(service);
        const shown = { ...Config, Env: [], Cmd: [] };
        assertNoSecret(JSON.stringify(shown), `the configuration of ${service}`);
        if (service !== "redis")
          assertNoSecret(JSON.stringify([Config.Cmd, Args]), `the command of ${service}`);
      }
    });
  });

  test("leaves nothing but the network behind, which is not its own", async () => {
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview", "--diff");
    assert.equal(code, 0, output);
    assertNoSecret(output, "destroy --diff");
    assert.deepEqual(await leftOf(stack.project), []);
    assert.equal(
      (await docker("network", "ls", "--quiet", "--filter", `name=${network}`)).trim().length > 0,
      true,
    );
  });
});
