import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { get as getHttp } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect, type PeerCertificate } from "node:tls";
import { load } from "js-yaml";
import { projectLabel } from "../../components/plan/package-names.ts";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { runCommand } from "../fixture/command.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { missing, pythonEnvironment, withPython } from "../fixture/python.ts";
import { assertTyped, commandsIn, typedRows, type Expected } from "../fixture/typed.ts";
import { until } from "../fixture/until.ts";
import {
  assertNamedVolumes,
  assertProcessLimits,
  docker,
  eventsDuring,
  inspectContainer,
  inspectNetwork,
  leftOf,
  type ServiceEvent,
} from "../fixture/docker.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";

const folder = "systems/ichrisbirch";
const python = ["api", "app", "chat", "scheduler"] as const;
const hosts = ["api", "app", "chat"] as const;
type StackName = "dev" | "test" | "ci" | "prod";

/** What real secrets are locked with. */
const PULUMI_CONFIG_PASSPHRASE = "correct horse";

/** The seed's diagram: what each service waits to be healthy. */
const dependencies: Readonly<Record<string, readonly string[]>> = {
  api: ["postgres", "redis"],
  app: ["api"],
  chat: ["api"],
  scheduler: ["api", "postgres", "redis"],
};

/** What a stack's file says, without the project's prefix. */
async function settingsOf(name: StackName): Promise<Settings & { environment: Record<string, string> }> {
  const text = await readFile(join(directory, folder, `Pulumi.${name}.yaml`), "utf8");
  const { config } = load(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^.*?:/, ""), value]),
  ) as Settings & { environment: Record<string, string> };
}

/** What stands on the host in place of the user's own: the source, credentials of AWS, certificates. */
async function hostDirectories(): Promise<{
  root: string;
  source: string;
  aws: string;
  certificates: string;
}> {
  const root = await mkdtemp(join(tmpdir(), "ichrisbirch-"));
  const [source, aws, certificates] = ["source", "aws", "certificates"].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  await cp(join(directory, folder, "ichrisbirch"), join(source, "ichrisbirch"), { recursive: true });
  await mkdir(aws);
  await writeFile(join(aws, "credentials"), "[default]\naws_access_key_id = of-the-home-directory\n");
  await mkdir(certificates);
  return { root, source, aws, certificates };
}

/** One of the system's stacks under a name of its own: host ports the engine chooses, directories of the test. */
class System {
  readonly stack: TestStack;
  readonly name: StackName;
  readonly on: Awaited<ReturnType<typeof hostDirectories>>;
  events: readonly ServiceEvent[] = [];

  private constructor(stack: TestStack, name: StackName, on: System["on"]) {
    this.stack = stack;
    this.name = name;
    this.on = on;
  }

  static async create(name: StackName, environment: Readonly<Record<string, string>> = {}): Promise<System> {
    const on = await hostDirectories();
    const stack = await TestStack.create({ folder, config: `Pulumi.${name}.yaml`, environment });
    const system = new System(stack, name, on);
    await system.configure();
    return system;
  }

  get proxy(): string {
    return this.name === "ci" ? `${this.stack.project}_proxy` : `${this.stack.project}-proxy`;
  }

  async configure(changes: Settings = {}): Promise<void> {
    const { environment } = await settingsOf(this.name);
    const own = { ENVIRONMENT: this.stack.name };
    await this.stack.configure({
      settings: {
        environment: {
          ...environment,
          ...own,
          ...(this.name === "prod" ? { CERTIFICATES: this.on.certificates } : {}),
        },
        ...(this.name === "ci" ? {} : { networks: { proxy: { name: this.proxy } } }),
        ...changes,
      },
      services: this.services(),
    });
  }

  /** Published ports that the engine chooses, of those that the stack publishes; the test's own directories. */
  private services(): NonNullable<Definitions["services"]> {
    const at = (...targets: readonly number[]) => ({
      ports: targets.map((target) => ({ target, host_ip: "127.0.0.1" })),
    });
    const dashboard = this.name === "dev" || this.name === "test" ? [8080] : [];
    const plain = this.name === "dev" || this.name === "prod" ? [80] : [];
    const mounts = (withAws: boolean) => {
      if (this.name === "prod") return {};
      const source = { type: "bind" as const, source: this.on.source, target: "/app" };
      const aws = { type: "bind" as const, source: this.on.aws, target: "/root/.aws", read_only: true };
      return { volumes: withAws && this.name !== "ci" ? [source, aws] : [source] };
    };
    return {
      traefik: at(443, ...plain, ...dashboard),
      postgres: at(5432),
      redis: at(6379),
      api: { ...at(8000), ...mounts(true) },
      app: { ...at(5000), ...mounts(false) },
      chat: { ...at(8505), ...mounts(false) },
      scheduler: mounts(false),
    };
  }

  async up(): Promise<void> {
    // Marked as the stack's, so that whoever clears up after it, or after a killed test, finds it.
    const label = `${projectLabel}=${this.stack.project}`;
    if (this.name !== "ci") await docker("network", "create", "--label", label, this.proxy);
    this.events = await eventsDuring(this.stack.project, () => this.stack.up());
  }

  /** Takes everything down; what was made for the stack beforehand must be there still, and nothing else. */
  async down(): Promise<void> {
    try {
      const { code, output } = await this.stack.pulumi("destroy", "--yes", "--skip-preview");
      assert.equal(code, 0, output);
      const left = await leftOf(this.stack.project);
      assert.equal(left.includes(this.proxy), this.name !== "ci");
    } finally {
      await rm(this.on.root, { recursive: true, force: true });
      await this.stack.down();
    }
    assert.deepEqual(await leftOf(this.stack.project), []);
  }

  async container(service: string) {
    return inspectContainer((await this.stack.service(service)).container);
  }

  async exec(service: string, ...command: readonly string[]): Promise<string> {
    const { code, output } = await this.stack.exec(service, ...command);
    assert.equal(code, 0, output);
    return output.trim();
  }

  async hostPort(service: string, target: number): Promise<number> {
    const { ports } = await this.stack.service(service);
    const address = ports[`${target}/tcp`];
    assert.ok(address, `${service} does not publish ${target}`);
    return Number(address.split(":").at(-1));
  }

  async domain(): Promise<string> {
    return (await settingsOf(this.name)).environment.DOMAIN ?? "";
  }

  /** Asks a service through Traefik by its host name; the certificate is verified, against the one that Traefik has. */
  async ask(
    service: (typeof hosts)[number],
    path: string,
    {
      body,
      headers = {},
    }: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<{ readonly status: number; readonly text: string }> {
    const servername = `${service}.${await this.domain()}`;
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const options = {
      host: "127.0.0.1",
      port: await this.hostPort("traefik", 443),
      method: body === undefined ? "GET" : "POST",
      path,
      servername,
      ca: await this.exec("traefik", "cat", "/certificates/fullchain.pem"),
      headers: { host: servername, ...json, ...headers },
      agent: false,
      signal: AbortSignal.timeout(30_000),
    };
    return new Promise((resolve, reject) => {
      const asked = request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (more: string) => {
          text += more;
        });
        answer.once("end", () => {
          resolve({ status: answer.statusCode ?? 0, text });
        });
      });
      asked.once("upgrade", ({ statusCode = 0 }, socket) => {
        socket.destroy();
        resolve({ status: statusCode, text: "" });
      });
      asked.once("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** What the chat answers: its page is run where it is served, and calls the API by itself. */
  async chat(question: string): Promise<string> {
    const script = [
      "import json, sys",
      "from streamlit.testing.v1 import AppTest",
      "page = AppTest.from_file('ichrisbirch/chat/main.py', default_timeout=60).run()",
      "page.chat_input[0].set_value(sys.argv[1]).run()",
      "assert not page.exception, page.exception",
      "print('ANSWER', json.dumps(page.chat_message[1].markdown[0].value))",
    ].join("\n");
    const output = await this.exec("chat", "python3", "-c", script, question);
    // One line among those of Streamlit's log, which come in any order.
    const answer = /^ANSWER (.*)$/m.exec(output)?.[1];
    return answer === undefined ? output : (JSON.parse(answer) as string);
  }

  /** Process numbers and command lines in a service's container. */
  async processes(service: string): Promise<string[]> {
    const { container } = await this.stack.service(service);
    return (await docker("top", container, "-o", "pid,args")).trim().split("\n").slice(1);
  }
}

function handshake(port: number, servername: string, ca: string): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername, ca }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

/** What every stack of the system has to do, wherever it runs. */
function servesAsTheSeedSays(system: () => System): void {
  test("has nothing to change after up, nor after a refresh", async () => {
    await assertNoChanges(system().stack);
    await assertNoDrift(system().stack);
  });

  for (const [service, others] of Object.entries(dependencies)) {
    test(`had started ${service} only when ${others.join(", ")} were healthy`, () => {
      const { events } = system();
      const at = (name: string, action: string) =>
        events.findIndex((event) => event.service === name && event.action === action);
      for (const other of others) {
        const healthy = at(other, "health_status: healthy");
        assert.ok(healthy >= 0 && healthy < at(service, "start"), `${other} before ${service}`);
      }
    });
  }

  test("has containers with the environment in their name", async () => {
    for (const service of ["traefik", "postgres", "redis", ...python]) {
      const { container } = await system().stack.service(service);
      assert.equal(container, `ichrisbirch-${service}-${system().stack.name}`);
    }
  });

  test("serves each host name by TLS with a certificate for it", async () => {
    const port = await system().hostPort("traefik", 443);
    const ca = await system().exec("traefik", "cat", "/certificates/fullchain.pem");
    for (const service of hosts) {
      const host = `${service}.${await system().domain()}`;
      // It is Node.js that verifies: the chain, the dates and the name.
      const { subjectaltname = "" } = await handshake(port, host, ca);
      assert.ok(subjectaltname.split(", ").includes(`DNS:${host}`), subjectaltname);
    }
  });

  test("answers 404 where no route leads", async () => {
    const { status } = await system().ask("api", "/", { headers: { host: "nobody.example" } });
    assert.equal(status, 404);
  });

  test("answers 413 to a body of more than 10 MiB", async () => {
    const { status, text } = await system().ask("api", "/tasks/", {
      body: { name: "n".repeat(10 * 1024 ** 2) },
    });
    assert.equal(status, 413, text);
  });

  test("a task posted to the API is a row in PostgreSQL, and the app and the chat show it", async () => {
    const name = `mend the ${system().name} roof`;
    // The one priority that the scheduler, at one in the morning, leaves alone.
    const added = await system().ask("api", "/tasks/", { body: { name, priority: 1 } });
    assert.equal(added.status, 201, added.text);
    const { id } = JSON.parse(added.text) as { id: number };
    assert.deepEqual(await system().stack.query(`SELECT name, priority FROM tasks WHERE id = ${id}`), [
      `${name}|1`,
    ]);
    const page = await system().ask("app", "/");
    assert.equal(page.status, 200, page.text);
    assert.ok(page.text.includes(`<li>${name} (priority 1)</li>`), page.text);
    assert.equal(await system().chat("What about the roof"), `- ${name} (priority 1)`);
  });

  test("the chat's WebSocket is open to its own page through Traefik, and to no other's", async () => {
    const upgrade = (origin: string) =>
      system().ask("chat", "/_stcore/stream", {
        headers: {
          connection: "Upgrade",
          upgrade: "websocket",
          origin,
          "sec-websocket-version": "13",
          "sec-websocket-key": Buffer.from("0123456789abcdef").toString("base64"),
        },
      });
    assert.equal((await system().ask("chat", "/_stcore/health")).text, "ok");
    assert.equal((await upgrade(`https://chat.${await system().domain()}`)).status, 101);
    assert.equal((await upgrade("https://elsewhere.example")).status, 403);
  });

  test("the scheduler has its jobs in the table apscheduler_jobs, and runs them", async () => {
    assert.deepEqual(await system().stack.query("SELECT id FROM apscheduler_jobs ORDER BY id"), [
      "heartbeat",
      "raise_priorities",
    ]);
    await until(
      "a heartbeat",
      async () => (await system().exec("redis", "redis-cli", "EXISTS", "scheduler:heartbeat")) === "1",
    );
  });
}

/** What the commands of its page show that stand there in place of the team's, by the stack on which a test types them. */
const typedOn: Readonly<Record<StackName, Readonly<Record<string, Omit<Expected, "environment">>>>> = {
  dev: {
    "npm run up -- --cwd systems/ichrisbirch --stack dev": { shows: / api +\S+ +running +healthy / },
    "npx pulumi-compose status --cwd systems/ichrisbirch --stack dev": {
      shows: / api +\S+ +running +healthy /,
    },
    "npx pulumi-compose logs -f --cwd systems/ichrisbirch --stack dev": { shows: / \| / },
    "npx pulumi-compose logs -f --cwd systems/ichrisbirch --stack dev api": { shows: /api\S* +\| / },
    "npx pulumi-compose build --cwd systems/ichrisbirch --stack dev api": {},
    "npx pulumi-compose up --cwd systems/ichrisbirch --stack dev api": {
      shows: / api +\S+ +running +healthy /,
    },
    "npx pulumi-compose exec --cwd systems/ichrisbirch --stack dev api bash": {
      input: "echo $((6 * 7))",
      shows: /^42$/m,
    },
    [`npx pulumi-compose run --cwd systems/ichrisbirch --stack dev --rm api python3 -c "print('hello')"`]: {
      shows: /^hello$/m,
    },
    'npx pulumi-compose exec --cwd systems/ichrisbirch --stack dev postgres psql -U postgres -d ichrisbirch -c "SELECT 1"':
      { shows: /^ +1$/m },
  },
  test: {
    "npm run up -- --cwd systems/ichrisbirch --stack test": { shows: / api +\S+ +running +healthy / },
    "npx pulumi-compose test --cwd systems/ichrisbirch -- pytest": { shows: /\b1 passed\b/ },
    "npx pulumi-compose test --keep --cwd systems/ichrisbirch -- pytest": {
      shows: /\b1 passed\b[^]*is left up/,
      clears: async (output) => {
        const [, remove = ""] = /→ npx (pulumi-compose test --remove .*) removes it/.exec(output) ?? [];
        const removed = await runCommand("bash", ["-c", remove], { cwd: pytestFolder });
        assert.equal(removed.code, 0, removed.output);
      },
    },
    "npx pulumi-compose test --cwd systems/ichrisbirch -- pytest --cov": {
      shows: /^TOTAL .*%[^]*\b1 passed\b/m,
    },
  },
  ci: {
    "npm run up -- --cwd systems/ichrisbirch --stack ci": { shows: / api +\S+ +running +healthy / },
    "pytest --running-stack ci": { shows: /\b1 passed\b/ },
  },
  prod: {
    "npm run up -- --cwd systems/ichrisbirch --stack prod": { shows: / api +\S+ +running +healthy / },
  },
};

/** Takes the stack test down. No other test comes behind it. */
const destroysTest = "npx pulumi-compose destroy --cwd systems/ichrisbirch --stack test";

/** Why pytest cannot run on this machine. */
const withoutPython = await missing();
/** The team's folder of tests. */
const pytestFolder = await mkdtemp(join(tmpdir(), "ichrisbirch-tests-"));
before(async () => {
  const program = join(directory, folder);
  await writeFile(join(pytestFolder, "pytest.ini"), `[pytest]\npulumi_compose_directory = ${program}\n`);
  const test = [
    "import json",
    "from urllib.request import urlopen",
    "",
    "",
    "def test_the_api_is_healthy(compose_stack):",
    '    host, port = compose_stack.get_service_host("api"), compose_stack.get_service_port("api", 8000)',
    '    assert json.load(urlopen(f"http://{host}:{port}/health"))["status"] == "healthy"',
    "",
  ];
  await writeFile(join(pytestFolder, "test_api.py"), test.join("\n"));
});
after(() => rm(pytestFolder, { recursive: true }));

test("every command that ichrisbirch's page has in place of the team's is typed by a test", () => {
  const ofPage = typedRows(`${folder}/README.md`).flatMap(commandsIn);
  const tested = [...Object.values(typedOn).flatMap((commands) => Object.keys(commands)), destroysTest];
  assert.deepEqual([...new Set(ofPage)].sort(), tested.sort());
});

function worksByItsPage(system: () => System, name: StackName): void {
  for (const [command, expected] of Object.entries(typedOn[name])) {
    const withPytest = command.includes("pytest");
    test(`works by ${command}`, { skip: withPytest ? withoutPython : undefined }, async () => {
      const place = withPytest
        ? { folder: pytestFolder, environment: withPython(await pythonEnvironment()) }
        : {};
      await assertTyped(command, system().stack, { ...expected, ...place });
    });
  }
}

describe("preview of ichrisbirch, without an engine", () => {
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.create({
      folder,
      // The one that overrides nothing.
      config: "Pulumi.prod.yaml",
      engine: false,
      environment: { POSTGRES_PASSWORD: "given", PULUMI_CONFIG_PASSPHRASE },
    });
  });
  after(() => stack.down());

  interface Planned {
    /** Published ports by service, as `8001:8000`. */
    readonly ports: Readonly<Record<string, readonly string[]>>;
    readonly containers: readonly string[];
    readonly networks: readonly string[];
  }

  async function planned(name: StackName): Promise<Planned> {
    await stack.configure({
      settings: await settingsOf(name),
    });
    const { code, output } = await stack.pulumi("preview", "--json");
    assert.equal(code, 0, output);
    interface Step {
      readonly urn: string;
      readonly newState?: {
        readonly inputs: { readonly name?: string; ports?: { external?: number; internal: number }[] };
      };
    }
    const { steps } = JSON.parse(output) as { readonly steps: readonly Step[] };
    const made = (type: string) =>
      steps
        .filter(({ urn }) => urn.includes(`:${type}::`))
        .map(({ urn, newState }) => ({ urn, key: urn.split("::").at(-1) ?? "", inputs: newState?.inputs }))
        .sort((one, other) => (one.key < other.key ? -1 : 1));
    const containers = made("Container");
    return {
      containers: containers.map(({ inputs }) => inputs?.name ?? ""),
      ports: Object.fromEntries(
        containers.map(({ urn, inputs }) => [
          stack.serviceOf(urn),
          (inputs?.ports ?? []).map(({ external, internal }) => `${external ?? ""}:${internal}`),
        ]),
      ),
      networks: made("Network").map(({ key }) => key),
    };
  }

  const standard = {
    api: ["8000:8000"],
    app: ["5000:5000"],
    chat: ["8505:8505"],
    postgres: ["5432:5432"],
    redis: ["6379:6379"],
    scheduler: [],
  };
  /** The seed's table. */
  const alternate = {
    api: ["8001:8000"],
    app: ["5001:5000"],
    chat: ["8507:8505"],
    postgres: ["5434:5432"],
    redis: ["6380:6379"],
    scheduler: [],
  };
  const own = { certificates: [] };
  const ports: Readonly<Record<StackName, Readonly<Record<string, readonly string[]>>>> = {
    dev: { ...standard, ...own, traefik: ["80:80", "443:443", "8080:8080"] },
    test: { ...alternate, ...own, traefik: ["8443:443", "8081:8080"] },
    ci: { ...alternate, ...own, traefik: ["8443:443"] },
    prod: { ...standard, traefik: ["80:80", "443:443"] },
  };

  for (const name of Object.keys(ports) as StackName[]) {
    test(`the stack ${name} has its services on their ports, under their names`, async () => {
      const services = Object.keys(ports[name]).sort();
      assert.deepEqual(await planned(name), {
        ports: ports[name],
        containers: services.map((service) => `ichrisbirch-${service}-${name}`),
        networks: name === "ci" ? ["default", "proxy"] : ["default"],
      });
    });
  }

  test("a service waits for what the seed's diagram says, and for nothing else", async () => {
    const text = await readFile(join(directory, folder, "docker-compose.yml"), "utf8");
    const { services } = load(text) as {
      services: Record<string, { depends_on?: Record<string, { condition: string }> }>;
    };
    for (const service of ["postgres", "redis", ...python]) {
      const waits = Object.entries(services[service]?.depends_on ?? {});
      assert.deepEqual(waits.map(([other]) => other).sort(), dependencies[service] ?? []);
      for (const [, { condition }] of waits) assert.equal(condition, "service_healthy");
    }
  });
});

describe("ichrisbirch as the stack dev", () => {
  let system: System;
  before(async () => {
    system = await System.create("dev");
    await system.up();
  });
  after(() => system.down());
  servesAsTheSeedSays(() => system);

  test("has no volume without a name, and a limit of processes in every container", async () => {
    await assertNamedVolumes(system.stack.project);
    await assertProcessLimits(system.stack.project);
  });

  test("sends visitors who come by HTTP to HTTPS", async () => {
    const host = `api.${await system.domain()}`;
    const options = { host: "127.0.0.1", port: await system.hostPort("traefik", 80), headers: { host } };
    const { statusCode, headers } = await new Promise<{
      statusCode?: number | undefined;
      headers: { location?: string };
    }>((resolve, reject) => {
      getHttp({ ...options, path: "/tasks/", agent: false }, (answer) => {
        answer.resume();
        resolve(answer);
      }).once("error", reject);
    });
    assert.equal(statusCode, 301);
    assert.equal(headers.location, `https://${host}/tasks/`);
  });

  worksByItsPage(() => system, "dev");

  test("reloads the API when its source changes", async () => {
    await edit("api/main.py", 'title="ichrisbirch API"', 'title="ichrisbirch API, edited"');
    const saved = savedAgain("api/main.py");
    await until("the API's new title", async () => {
      await saved();
      const { status, text } = await system.ask("api", "/").catch(() => ({ status: 0, text: "" }));
      return status === 200 && text.includes("edited");
    });
  });

  test("reloads the app when its source or a template changes", async () => {
    await edit("app/main.py", '"status": "healthy"', '"status": "healthy, edited"');
    await edit("app/templates/tasks.html", "<h1>Tasks</h1>", "<h1>Tasks, edited</h1>");
    const saved = savedAgain("app/main.py");
    for (const path of ["/health", "/"]) {
      await until(`the app's new answer to ${path}`, async () => {
        await saved();
        const { text } = await system.ask("app", path).catch(() => ({ text: "" }));
        return text.includes("edited");
      });
    }
  });

  test("reloads the scheduler when its source changes", async () => {
    await edit("scheduler/jobs.py", '"scheduler:heartbeat"', '"scheduler:heartbeat, edited"');
    const saved = savedAgain("scheduler/jobs.py");
    await until("the scheduler's new heartbeat", async () => {
      await saved();
      return (await system.exec("redis", "redis-cli", "EXISTS", "scheduler:heartbeat, edited")) === "1";
    });
  });

  test("shows the chat's source as it is on the host", async () => {
    await edit("chat/main.py", "There is nothing to do.", "There is nothing to do, edited.");
    await system.stack.query("DELETE FROM tasks");
    await system.exec("redis", "redis-cli", "FLUSHALL");
    // The API, which the chat asks, is read anew for it too.
    await until("the chat's new answer", async () => {
      const answer = await system.chat("What next").catch(() => "");
      return answer === "There is nothing to do, edited.";
    });
  });

  /**
   * Saves a file once more when the first time had no effect, as people do: a worker that was only just starting has read
   * the old one, and does not watch it yet.
   */
  function savedAgain(file: string): () => Promise<void> {
    let asked = 0;
    return async () => {
      asked += 1;
      const now = new Date();
      if (asked % 100 === 0) await utimes(join(system.on.source, "ichrisbirch", file), now, now);
    };
  }

  async function edit(file: string, from: string, to: string): Promise<void> {
    const path = join(system.on.source, "ichrisbirch", file);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(from));
    await writeFile(path, text.replace(from, to));
  }

  test("logs at debug level", async () => {
    await system.ask("api", "/tasks/", { body: { name: "look into the log" } });
    const { container } = await system.stack.service("api");
    assert.match(await docker("logs", container), /DEBUG ichrisbirch\.api\.main: task \d+ added/);
    const traefik = await system.stack.service("traefik");
    assert.match(await docker("logs", traefik.container), /DBG/);
  });

  test("has Traefik's dashboard on, which knows the three routes", async () => {
    const answer = await fetch(`http://127.0.0.1:${await system.hostPort("traefik", 8080)}/api/http/routers`);
    assert.equal(answer.status, 200);
    const routers = (await answer.json()) as { name: string; rule: string }[];
    // The others say that a route has been taken up.
    const ofRoutes = routers.filter(({ name }) => /(?<!-state)@file$/.test(name));
    const rules = ofRoutes.map(({ rule }) => rule);
    const domain = await system.domain();
    assert.deepEqual(
      rules.sort(),
      hosts.map((service) => `Host(\`${service}.${domain}\`)`),
    );
  });

  test("has AWS's credentials from the home directory, and cannot change them", async () => {
    assert.match(await system.exec("api", "cat", "/root/.aws/credentials"), /of-the-home-directory/);
    const { code, output } = await system.stack.exec("api", "touch", "/root/.aws/credentials");
    assert.notEqual(code, 0);
    assert.match(output, /[Rr]ead-only/);
  });

  test("has a virtual environment that the API has made, and that others share", async () => {
    for (const service of ["api", "app", "scheduler"]) {
      assert.equal(await system.exec(service, "python", "-c", "import sys; print(sys.prefix)"), "/app/.venv");
      const { Mounts: mounts } = await system.container(service);
      const { Name: volume } = mounts.find(({ Destination: target }) => target === "/app/.venv") ?? {};
      assert.equal(volume, `${system.stack.project}_venv_shared`);
    }
  });
});

describe("ichrisbirch as the stack test", () => {
  let system: System;
  before(async () => {
    system = await System.create("test");
    await system.up();
  });
  after(() => system.down());
  servesAsTheSeedSays(() => system);

  test("has no volume without a name, and a limit of processes in every container", async () => {
    await assertNamedVolumes(system.stack.project);
    await assertProcessLimits(system.stack.project);
  });

  test("has PostgreSQL in memory, without what makes it durable", async () => {
    for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
      assert.deepEqual(await system.stack.query(`SHOW ${setting}`), ["off"], setting);
    }
    assert.deepEqual(await system.stack.query("SHOW data_directory"), ["/var/lib/postgresql/data"]);
    assert.equal(
      await system.exec("postgres", "stat", "-f", "-c", "%T", "/var/lib/postgresql/data"),
      "tmpfs",
    );
  });

  test("reloads nothing, though it runs the source of the checkout", async () => {
    for (const service of ["api", "app"]) {
      const lines = await system.processes(service);
      assert.ok(!lines.some((line) => /reload|debug/.test(line)), lines.join("\n"));
      const { Mounts: mounts } = await system.container(service);
      assert.ok(
        mounts.some(({ Source: from, Destination: to }) => from === system.on.source && to === "/app"),
      );
    }
  });

  test("has the dashboard on, and AWS's credentials mounted", async () => {
    const dashboard = `http://127.0.0.1:${await system.hostPort("traefik", 8080)}`;
    assert.equal((await fetch(`${dashboard}/api/overview`)).status, 200);
    assert.match(await system.exec("api", "cat", "/root/.aws/credentials"), /of-the-home-directory/);
  });

  worksByItsPage(() => system, "test");

  // Behind the others: it takes the tables from those who made them.
  test("keeps nothing: a restarted database is a new one", async () => {
    const { container } = await system.stack.service("postgres");
    await docker("restart", container);
    await until("PostgreSQL answers again", async () => {
      const { code } = await system.stack.exec(
        "postgres",
        "pg_isready",
        "-h",
        "127.0.0.1",
        "-d",
        "ichrisbirch",
      );
      return code === 0;
    });
    const rows = await system.stack.query("SELECT count(*) FROM pg_tables WHERE tablename = 'tasks'");
    assert.deepEqual(rows, ["0"]);
  });

  test(`goes by ${destroysTest}, and nothing is kept`, async () => {
    await assertTyped(destroysTest, system.stack, {});
    assert.deepEqual(await leftOf(system.stack.project), [system.proxy]);
  });
});

describe("ichrisbirch as the stack ci", () => {
  const aws = {
    AWS_ACCESS_KEY_ID: "AKIAOFTHEWORKFLOW",
    AWS_SECRET_ACCESS_KEY: "secret+of/the workflow",
    AWS_SESSION_TOKEN: "token-of-the-workflow",
  };
  let system: System;
  before(async () => {
    system = await System.create("ci", { ...aws, PULUMI_CONFIG_PASSPHRASE });
    await system.up();
  });
  after(() => system.down());
  servesAsTheSeedSays(() => system);
  worksByItsPage(() => system, "ci");

  test("made the network proxy itself, an ordinary bridge", async () => {
    const { Driver: driver, Containers: containers } = await inspectNetwork(system.proxy);
    assert.equal(driver, "bridge");
    const { container } = await system.stack.service("traefik");
    assert.deepEqual(
      Object.values(containers ?? {}).map(({ Name: name }) => name),
      [container],
    );
  });

  test("mounts nothing of a home directory: the checkout, and what the stack itself made", async () => {
    for (const service of python) {
      const { Mounts: mounts } = await system.container(service);
      const binds = mounts.filter(({ Type: type }) => type === "bind").map(({ Source: source }) => source);
      assert.deepEqual(binds, [system.on.source], service);
    }
  });

  test("has AWS's credentials from the environment, and in the state no secret in clear", async () => {
    for (const [variable, value] of Object.entries(aws)) {
      assert.equal(await system.exec("api", "printenv", variable), value);
    }
    const { output } = await system.stack.pulumi("stack", "export");
    for (const value of Object.values(aws)) assert.ok(!output.includes(value), value);
  });

  test("has no dashboard", async () => {
    const { container } = await system.stack.service("traefik");
    const script = `import urllib.request; urllib.request.urlopen('http://${container}:8080/api/overview')`;
    const { code, output } = await system.stack.exec("api", "python", "-c", script);
    assert.notEqual(code, 0);
    assert.match(output, /Connection refused/);
  });

  test("has PostgreSQL in memory, without what makes it durable", async () => {
    assert.deepEqual(await system.stack.query("SHOW fsync"), ["off"]);
    assert.equal(
      await system.exec("postgres", "stat", "-f", "-c", "%T", "/var/lib/postgresql/data"),
      "tmpfs",
    );
  });
});

describe("ichrisbirch as the stack prod", () => {
  /** With characters that mean something in a URL. */
  const POSTGRES_PASSWORD = "of prod: p@ss/w#rd";
  let system: System;
  let fingerprint: string;
  before(async () => {
    system = await System.create("prod", { POSTGRES_PASSWORD, PULUMI_CONFIG_PASSPHRASE });
    fingerprint = await makeCertificate(system.on.certificates, await system.domain());
  });
  after(() => system.down());

  async function makeCertificate(into: string, domain: string): Promise<string> {
    const names = hosts.map((host) => `DNS:${host}.${domain}`).join(",");
    const subject = ["-subj", `/CN=${domain}`, "-addext", `subjectAltName=${names}`, "-days", "2"];
    const files = ["-keyout", join(into, "privkey.pem"), "-out", join(into, "fullchain.pem")];
    const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...files];
    const { code, output } = await runCommand("openssl", made, { cwd: into });
    assert.equal(code, 0, output);
    const print = ["x509", "-in", join(into, "fullchain.pem"), "-noout", "-fingerprint", "-sha256"];
    return (await runCommand("openssl", print, { cwd: into })).output.trim().split("=").at(-1) ?? "";
  }

  test("says at preview that the network proxy is missing, and how to make it", async () => {
    const { code, output } = await system.stack.pulumi("preview");
    assert.notEqual(code, 0);
    assertReadable(output);
    const [mistake, ...others] = mistakesIn(output);
    assert.deepEqual(others, []);
    assert.match(mistake?.message ?? "", new RegExp(`no network \`${system.proxy}\``));
    assert.equal(mistake?.fix, `create it: docker network create ${system.proxy}`);
  });

  test("needs a password, and says both ways to set it", async () => {
    const stack = await TestStack.create({ folder, config: "Pulumi.prod.yaml", engine: false });
    try {
      const { code, output } = await stack.pulumi("preview");
      assert.notEqual(code, 0);
      assertReadable(output);
      const [mistake, ...others] = mistakesIn(output);
      assert.deepEqual(others, []);
      assert.match(mistake?.place ?? "", /postgresPassword/);
      assert.match(mistake?.fix ?? "", /config set --secret postgresPassword.*POSTGRES_PASSWORD/);
    } finally {
      await stack.down();
    }
  });

  describe("with both", () => {
    before(() => system.up());
    servesAsTheSeedSays(() => system);
    worksByItsPage(() => system, "prod");

    test("serves the certificate that its config names", async () => {
      const port = await system.hostPort("traefik", 443);
      const ca = await readFile(join(system.on.certificates, "fullchain.pem"), "utf8");
      const { fingerprint256 } = await handshake(port, `api.${await system.domain()}`, ca);
      assert.equal(fingerprint256, fingerprint);
    });

    test("runs its applications as a user who is not root, without any mount", async () => {
      for (const service of python) {
        assert.equal(await system.exec(service, "id", "-un"), "appuser");
        assert.deepEqual((await system.container(service)).Mounts, [], service);
        const { code } = await system.stack.exec(service, "touch", "/app/ichrisbirch/written");
        assert.notEqual(code, 0, `${service} may write its own source`);
      }
    });

    test("limits what each service may take", async () => {
      for (const service of ["traefik", "postgres", "redis", ...python]) {
        const { HostConfig: limits } = await system.container(service);
        assert.ok((limits.NanoCpus ?? 0) > 0 && (limits.Memory ?? 0) > 0, service);
      }
      const { HostConfig: limits } = await system.container("api");
      assert.deepEqual([limits.NanoCpus, limits.Memory], [1_000_000_000, 1024 ** 3]);
    });

    test("serves api and app by Gunicorn, with a master and two workers each", async () => {
      for (const service of ["api", "app"]) {
        const lines = await system.processes(service);
        assert.equal(
          lines.filter((line) => /^\d+ +python -m gunicorn/.test(line)).length,
          3,
          lines.join("\n"),
        );
      }
    });

    test("has no dashboard, and no secret in clear in its state", async () => {
      const { Config: config } = await system.container("traefik");
      assert.ok(config);
      const { container } = await system.stack.service("traefik");
      const script = `import urllib.request; urllib.request.urlopen('http://${container}:8080/api/overview')`;
      assert.match((await system.stack.exec("api", "python", "-c", script)).output, /Connection refused/);
      const { output } = await system.stack.pulumi("stack", "export");
      assert.ok(
        !output.includes(POSTGRES_PASSWORD) && !output.includes(encodeURIComponent(POSTGRES_PASSWORD)),
      );
    });

    test("keeps its database when it is destroyed, and leaves the network proxy to its owner", async () => {
      const { code, output } = await system.stack.pulumi("destroy", "--yes", "--skip-preview");
      assert.equal(code, 0, output);
      const volumes = await docker("volume", "ls", "--format", "{{.Name}}");
      assert.ok(volumes.split("\n").includes(`${system.stack.project}_postgres_data`));
      assert.equal((await inspectNetwork(system.proxy)).Name, system.proxy);
    });
  });
});
