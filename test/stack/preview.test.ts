import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { lines, runCommand } from "../fixture/command.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { assertReadable, mistakesIn } from "../fixture/output.ts";

/**
 * What a preview says, on a machine without an engine, as the runner of a pull request may be one.
 */
describe("preview without an engine", () => {
  let stack: TestStack;
  let folder: string;
  before(async () => {
    stack = await TestStack.create({ engine: false });
    folder = await mkdtemp(join(tmpdir(), "preview-"));
  });
  after(async () => {
    await stack.down();
    await rm(folder, { recursive: true });
  });

  async function refusal(settings: Settings): Promise<string> {
    await stack.configure({ settings });
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    return output;
  }

  async function generatedFile(text: string): Promise<string> {
    const path = join(folder, "generated.yml");
    await writeFile(path, text);
    return path;
  }

  test("shows every service of a stack that was never up", async () => {
    await stack.configure();
    assert.deepEqual(await containersIn(stack), [
      "architect",
      "auth-service",
      "codebase-intelligence",
      "contract-engine",
      "migrations",
      "notifications-service",
      "orders-service",
      "postgres",
      "redis",
      "traefik",
    ]);
  });

  test("leaves the generated tier empty when the config names no file of generated services", async () => {
    await stack.configure({ settings: { generatedFile: "" } });
    assert.equal((await containersIn(stack)).length, 7);
  });

  test("takes a file of zero generated services", async () => {
    await stack.configure({ settings: { generatedFile: await generatedFile("services: {}\n") } });
    assert.equal((await containersIn(stack)).length, 7);
  });

  test("says which file of generated services is missing", async () => {
    const mistakes = mistakesIn(await refusal({ generatedFile: "nowhere.yml" }));
    assert.equal(mistakes.length, 1);
    assert.match(mistakes[0]?.place ?? "", /^nowhere\.yml/);
    assert.match(mistakes[0]?.message ?? "", /does not exist/);
  });

  test("passes on what Compose says of a mistake in the file of generated services", async () => {
    const file = await generatedFile("services:\n  reports:\n    image: debian\n    comand: [ls]\n");
    const mistakes = mistakesIn(await refusal({ generatedFile: file }));
    assert.equal(mistakes.length, 1);
    assert.ok(mistakes[0]?.place.startsWith(file));
    assert.match(mistakes[0]?.message ?? "", /services\.reports.*comand/);
  });

  test("tells a wrong type at the top level like any other mistake", async () => {
    const [mistake] = mistakesIn(await refusal({ keepVolumes: "perhaps" }));
    assert.match(mistake?.place ?? "", /keepVolumes/);
    assert.match(mistake?.fix ?? "", /true or false/);
  });

  test("refuses a secret inside services, because Pulumi would put it in clear into the state", async () => {
    await stack.configure();
    const path = "super-team:services.postgres.environment.POSTGRES_PASSWORD";
    const set = await stack.pulumi("config", "set", "--path", path, "hunter2", "--secret");
    assert.equal(set.code, 0, set.output);
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assert.doesNotMatch(output, /hunter2/);
    const mistake = mistakesIn(output).find(({ message }) => message.includes("`secure:`"));
    assert.match(mistake?.place ?? "", new RegExp(`^Pulumi\\.${stack.name}\\.yaml: super-team:services`));
    assert.match(mistake?.fix ?? "", /dbPassword/);
  });

  test("refuses the empty passphrase for a stack that holds a secret, until one is chosen as it says", async (t) => {
    // A stack of its own, because its passphrase changes.
    const environment: Record<string, string> = {};
    const stack = await TestStack.create({ engine: false, environment });
    t.after(() => stack.down());
    const set = await stack.pulumi("config", "set", "super-team:dbPassword", "hunter2", "--secret");
    assert.equal(set.code, 0, set.output);
    const mistake = await refusedPassphrase(stack, "super-team:dbPassword");

    const [, remedy = ""] = /npx (pulumi-compose pulumi .*)$/.exec(mistake.fix) ?? [];
    const chosen = await runCommand("npx", remedy.split(" "), {
      cwd: directory,
      input: "correct horse\ncorrect horse\n",
    });
    assert.equal(chosen.code, 0, chosen.output);
    environment.PULUMI_CONFIG_PASSPHRASE = "correct horse";
    const preview = await stack.pulumi("preview");
    assert.equal(preview.code, 0, preview.output);
    assert.doesNotMatch(preview.output, /hunter2/);
  });

  test("refuses it as well for a password that comes from the environment", async (t) => {
    const environment = { DB_PASSWORD: "hunter2" };
    const settings = { dbPassword: undefined };
    const stack = await TestStack.create({ engine: false, environment, settings });
    t.after(() => stack.down());
    await refusedPassphrase(stack, "dbPassword");
  });

  test("compares definitions with definitions, and tells of nothing else, secrets and steps among them", async () => {
    await stack.configure();
    const base = join(folder, "base.json");
    const saved = await stack.command("preview", "--json", "--save", base);
    assert.equal(saved.code, 0, saved.output);
    // Part of the password is an ordinary word, which stands beside it in the service's environment.
    await stack.configure({
      services: { "orders-service": { "x-route": { prefix: "/api/bookings", port: 8080 } } },
    });
    const { output } = await stack.command("preview", "--against", base);
    assert.deepEqual(lines(output), [
      "1 service replaced without a gap, no data touched",
      "orders-service is replaced start-first, without a gap (the gateway moves its traffic over)",
      "  its route has changed",
      "route bookings moves: /api/orders/* → http://orders-service:8080/* becomes /api/bookings/* → http://orders-service:8080/*",
    ]);
  });

  describe("of a stack config with a mistake of every kind", () => {
    let output: string;
    before(async () => {
      output = await refusal({
        logLevel: "loud",
        logLevl: "debug",
        reset: ["redis.portss"],
        networks: { tools: { internl: true } },
        services: {
          // A key that Compose does not have, and one that has another type.
          postgres: { enviroment: { TZ: "UTC" }, shm_size: "much" },
          redis: { init: "perhaps", restart: "sometimes" },
          // No service of that name to override.
          architekt: { environment: { LOG_LEVEL: "debug" } },
          architect: {
            depends_on: { reddis: { condition: "service_healthy" } },
            ports: ["127.0.0.1:18801:8000"],
            volumes: ["./nowhere.sql:/seed.sql:ro", "architect-dta:/more"],
          },
          "contract-engine": {
            ports: ["18801:8000"],
            deploy: { resources: { reservations: { memory: "1G" } } },
          },
          "codebase-intelligence": {
            depends_on: { migrations: { condition: "service_healthy" } },
            networks: ["fronted"],
            environment: { TOKEN: "${dbPasword}" },
          },
          migrations: { build: { context: "servces" }, healthcheck: { disable: true } },
          traefik: {
            depends_on: { "auth-service": { condition: "service_healthy" } },
          },
          "auth-service": { depends_on: { traefik: { condition: "service_healthy" } } },
          "orders-service": { "x-route": { prefix: "/api/auth", port: 8080 } },
        },
      });
    });

    for (const [kind, path, message, fix] of [
      ["a project key that Pulumi lets pass", "super-team:logLevl", /unknown key `logLevl`/, /`logLevel`/],
      [
        "a value that a key cannot have",
        "logLevel",
        /not one of the allowed values/,
        /debug.*info.*warning.*error/,
      ],
      ["an unknown key", "services.postgres.enviroment", /unknown key `enviroment`/, /`environment`/],
      ["an unknown key of a network", "networks.tools.internl", /unknown key `internl`/, /internal/],
      ["a wrong type", "services.redis.init", /wrong type/, /boolean/],
      ["a text of the wrong form", "services.postgres.shm_size", /not valid/, /byte size/],
      ["a choice that does not exist", "services.redis.restart", /not valid/, /unless-stopped/],
      ["an override of no service", "services.architekt", /no service `architekt`/, /`architect`/],
      ["a reset of nothing", "reset.0", /`redis\.portss`/, /./],
      [
        "a dependency that does not exist",
        "services.architect.depends_on.reddis",
        /no service `reddis`/,
        /`redis`/,
      ],
      [
        "a wait for the health of a service without a health check",
        "services.codebase-intelligence.depends_on.migrations",
        /`migrations`.*no health check/,
        /healthcheck/,
      ],
      ["a cycle", "services.traefik.depends_on.auth-service", /traefik → auth-service → traefik/, /./],
      ["two services on one host port", "services.contract-engine.ports.0", /18801.*`architect`/, /./],
      [
        "a network that is not declared",
        "services.codebase-intelligence.networks.fronted",
        /`fronted`/,
        /`frontend`/,
      ],
      [
        "a volume that is not declared",
        "services.architect.volumes.3",
        /`architect-dta`/,
        /`architect-data`/,
      ],
      ["a bind mount of no file", "services.architect.volumes.2", /nowhere\.sql.*does not exist/, /./],
      ["a build of nothing", "services.migrations.build.context", /servces.*does not exist/, /./],
      [
        "a reservation over its limit",
        "services.contract-engine.deploy.resources.reservations.memory",
        /1G.*512M/,
        /./,
      ],
      [
        "a secret that does not exist",
        "services.codebase-intelligence.environment.TOKEN",
        /`dbPasword`/,
        /`dbPassword`/,
      ],
      [
        "two routes with one prefix",
        "services.orders-service.x-route.prefix",
        /\/api\/auth.*`auth-service`/,
        /./,
      ],
    ] as const) {
      test(`names ${kind} once, with its file, its key and what to do`, () => {
        const place = `Pulumi.${stack.name}.yaml: ${path}`;
        const found = mistakesIn(output).filter((mistake) => mistake.place === place);
        assert.equal(found.length, 1, `${place} in\n${output}`);
        assert.match(found[0]?.message ?? "", message);
        assert.match(found[0]?.fix ?? "", fix);
      });
    }

    test("names nothing that is no mistake", () => {
      assert.equal(mistakesIn(output).length, 20, output);
    });

    test("touches nothing", async () => {
      const { output: state } = await stack.pulumi("stack", "export");
      const { deployment } = JSON.parse(state) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    });
  });
});

test("a stack in a swarm is previewed beside an engine that is no manager, and is not brought up there", async (t) => {
  // As the runner of a pull request may have one.
  const registry = "registry.test:5000";
  const stack = await TestStack.create({
    folder: "test/swarm/project",
    settings: {
      swarm: { registry: `http://${registry}` },
      environment: { REGISTRY: registry, DOCKER_SOCKET: "/var/run/docker.sock" },
    },
  });
  t.after(() => stack.down());
  const preview = await stack.command("preview", "--markdown", "--exit-code");
  assert.equal(preview.code, 2, preview.output);
  assert.match(preview.output, /^### 4 services added, no data touched$/m);
  assert.equal(
    preview.output.match(
      /^the engine of this machine is no manager of a swarm: .* is left out\n→ Name the managers /gm,
    )?.length,
    1,
    preview.output,
  );
  const up = await stack.command("up", "--yes");
  assert.equal(up.code, 1, up.output);
  assert.match(up.output, /^the engine of this machine is no manager of a swarm\n→ Name the managers /);
});

test("an up without an engine says that none answers, and notes nothing to have been made", async (t) => {
  const stack = await TestStack.create({ engine: false });
  t.after(() => stack.down());
  const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
  assert.notEqual(code, 0, output);
  assert.match(output, /the engine does not answer, nothing was touched\n.*→ see what `docker ps` says/);
  assertReadable(output);
  const { output: state } = await stack.pulumi("stack", "export");
  assert.doesNotMatch(state, /docker:index/);
});

/** The one mistake of a preview: the stack's password, which stays unsaid, is locked with the empty passphrase. */
async function refusedPassphrase(stack: TestStack, key: string): Promise<{ readonly fix: string }> {
  const { code, output } = await stack.pulumi("preview");
  assert.notEqual(code, 0, output);
  assertReadable(output);
  assert.doesNotMatch(output, /hunter2/);
  const [mistake, ...others] = mistakesIn(output);
  assert.equal(others.length, 0, output);
  assert.equal(mistake?.place, `Pulumi.${stack.name}.yaml: ${key}`);
  assert.match(mistake.message, /empty passphrase/);
  return mistake;
}

/** Names of the services whose containers a preview would make. */
async function containersIn(stack: TestStack): Promise<string[]> {
  const { code, output } = await stack.pulumi("preview", "--json");
  assert.equal(code, 0, output);
  const { steps } = JSON.parse(output) as { steps: { op: string; urn: string }[] };
  return steps
    .filter(({ op, urn }) => op === "create" && urn.includes("docker:index/container:Container::"))
    .map(({ urn }) => stack.serviceOf(urn))
    .sort();
}
