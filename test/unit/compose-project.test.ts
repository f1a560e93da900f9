import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { composeProject, flag, type ComposeProjectArgs } from "../../components/index.ts";

/** What a call sends to Pulumi of its containers: their environment and labels, by the service's name. */
interface Sent {
  readonly environment: Readonly<Record<string, readonly string[]>>;
  readonly labels: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const outside = process.env;
const checkout = process.cwd();
let folder: string;
before(() => {
  // A preview works on a machine without an engine; so do these tests.
  process.env = { ...outside, DOCKER_HOST: "unix:///nonexistent.sock", PULUMI_CONFIG_PASSPHRASE: "own" };
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "compose-project-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(checkout);
  rmSync(folder, { recursive: true });
  delete process.env.PULUMI_CONFIG_SECRET_KEYS;
});
after(() => {
  process.env = outside;
});

/** Calls `composeProject` as the program `shop` in the stack `dev`, in a preview, and waits until all is sent. */
async function call<Settings extends z.ZodObject>(
  args?: ComposeProjectArgs<Settings>,
  config: Readonly<Record<string, unknown>> = {},
  locked: readonly string[] = [],
): Promise<{ readonly sent: Sent; readonly result: ReturnType<typeof composeProject<Settings>> }> {
  const sent: { environment: Record<string, string[]>; labels: Record<string, Record<string, string>> } = {
    environment: {},
    labels: {},
  };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => {
        if (type === "docker:index/container:Container") {
          const { envs = [], labels } = inputs as {
            envs?: string[];
            labels: { label: string; value: string }[];
          };
          const all = Object.fromEntries(labels.map(({ label, value }) => [label, value]));
          const service = all["com.docker.compose.service"] ?? "";
          sent.environment[service] = envs;
          sent.labels[service] = all;
        }
        return { id: `${name}-id`, state: inputs as Record<string, unknown> };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "shop",
    "dev",
    true,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        `shop:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(locked.map((key) => `shop:${key}`));
  const result = composeProject(args);
  await pulumi.runtime.disconnect();
  return { sent, result };
}

/** A Compose file with one service that has this environment. */
function write(name: string, environment: string, service = "web"): void {
  writeFileSync(name, `services:\n  ${service}:\n    image: web:1\n    environment:\n      ${environment}\n`);
}

/** A value as it is sent to Pulumi when it is secret: Pulumi's own mark stands beside it. */
function asSecret(value: unknown) {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
}

describe("a call without arguments", () => {
  for (const name of ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]) {
    test(`reads ${name}`, async () => {
      write(name, "A: of the file");
      const { sent, result } = await call();
      assert.deepEqual(sent.environment, { web: ["A=of the file"] });
      assert.deepEqual(Object.keys(result.services), ["web"]);
    });
  }

  test("prefers the files as Compose does, and lays the override file over", async () => {
    write("docker-compose.yml", "A: of the old name");
    write("compose.yaml", "A: of the new name");
    write("compose.override.yaml", "B: of the override");
    assert.deepEqual((await call()).sent.environment.web, ["A=of the new name", "B=of the override"]);
  });

  test("reads what COMPOSE_FILE names in `.env`, and takes variables from there", async () => {
    write("compose.yaml", "A: of the usual file");
    write("base.yaml", "A: ${LEVEL}");
    write("more.yaml", "B: more");
    writeFileSync(".env", "COMPOSE_FILE=base.yaml:more.yaml\nLEVEL=debug\n");
    assert.deepEqual((await call()).sent.environment.web, ["A=debug", "B=more"]);
  });

  test("has stack config laid over, its profiles and its variables without being told", async () => {
    writeFileSync(
      "compose.yaml",
      "services:\n  web: { image: 'web:1', environment: { A: '${A:-unset}' } }\n" +
        "  tools: { image: 'tools:1', profiles: [tools] }\n",
    );
    const { sent } = await call(undefined, {
      profiles: ["tools"],
      environment: { A: "of the stack" },
      services: { web: { environment: { B: "1" } } },
    });
    assert.deepEqual(sent.environment, { web: ["A=of the stack", "B=1"], tools: [] });
  });

  test("in a folder without a Compose file is told which were looked for, and where to name others", async () => {
    await assert.rejects(call(), (error: Error) => {
      assert.match(error.message, /no Compose file.*compose\.yaml, compose\.yml, docker-compose\.yml/);
      assert.match(error.message, /composeProject\(\{ files: \[…\] \}\).*`files` in Pulumi\.dev\.yaml/);
      return true;
    });
  });
});

describe("arguments", () => {
  test("name files and a folder of their own", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "compose-project-"));
    try {
      write(join(elsewhere, "stack.yaml"), "A: ${LEVEL}");
      writeFileSync(join(elsewhere, ".env"), "LEVEL=of that folder\n");
      const { sent } = await call({ directory: elsewhere, files: ["stack.yaml"] });
      assert.deepEqual(sent.environment.web, ["A=of that folder"]);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  test("name profiles beside those of the stack", async () => {
    writeFileSync(
      "compose.yaml",
      "services:\n  one: { image: 'a:1', profiles: [one] }\n  two: { image: 'a:1', profiles: [two] }\n",
    );
    const { sent } = await call({ profiles: ["one"] }, { profiles: ["two"] });
    assert.deepEqual(Object.keys(sent.environment).toSorted(), ["one", "two"]);
  });

  test("give the stack keys of its own, whose values come back", async () => {
    write("compose.yaml", "A: x");
    const settings = z.object({ debug: flag.default(false) });
    assert.equal((await call({ settings })).result.config.debug, false);
    assert.equal((await call({ settings }, { debug: "true" })).result.config.debug, true);
  });

  test("name a gateway: routed services get its labels, and Compose files the folder of the routes", async () => {
    writeFileSync(
      "compose.yaml",
      "services:\n" +
        "  traefik: { image: 'traefik:3', volumes: ['${ROUTES_DIRECTORY}:/routes:ro'] }\n" +
        "  web: { image: 'web:1', x-route: { prefix: /web, port: 80 } }\n",
    );
    const { sent, result } = await call({ gateway: { service: "traefik" } });
    assert.equal(sent.labels.web?.["traefik.enable"], "true");
    assert.deepEqual(Object.keys(result.routes ?? {}), ["web"]);
  });
});

describe("a gateway that reads its routes from files", () => {
  const routed = (volumes: string) =>
    "services:\n" +
    `  traefik: { image: 'traefik:3', volumes: [${volumes}] }\n` +
    "  web: { image: 'web:1', x-route: { prefix: /web, port: 80 } }\n";

  test("is refused where it does not mount their folder", async () => {
    writeFileSync("compose.yaml", routed("'/etc:/other'"));
    await assert.rejects(
      call({ gateway: { service: "traefik" } }),
      /services\.traefik\.volumes\s+the gateway does not mount .*\s+→ mount it .*\$\{ROUTES_DIRECTORY\}/,
    );
  });

  test("may mount a folder above, or read labels", async () => {
    writeFileSync("compose.yaml", routed("'./:/project:ro'"));
    await call({ gateway: { service: "traefik" } });
    writeFileSync("compose.yaml", routed(""));
    const { result } = await call({ gateway: { service: "traefik", routes: "labels" } });
    assert.deepEqual(Object.keys(result.routes ?? {}), ["web"]);
  });
});

describe("the files of a stack's config", () => {
  test("replace those of the program", async () => {
    write("compose.yaml", "A: of the program");
    write("other.yaml", "A: of the stack");
    const { sent } = await call({ files: ["compose.yaml"] }, { files: ["other.yaml"] });
    assert.deepEqual(sent.environment.web, ["A=of the stack"]);
  });

  test("are refused when they are no list, or do not exist", async () => {
    write("compose.yaml", "A: x");
    await assert.rejects(call({}, { files: "other.yaml" }), /Pulumi\.dev\.yaml: files\n.*wrong type/);
    await assert.rejects(call({}, { files: ["other.yaml"] }), /other\.yaml: \(the file\)\n.*does not exist/);
  });
});

test("a mistake in one of several files names that file, and the line of its key", async () => {
  write("compose.yaml", "A: x");
  const override = "services:\n  web:\n    init: true\n    configs:\n      - settings\n";
  writeFileSync(join(folder, "compose.override.yaml"), override);
  await assert.rejects(call(), /^ {2}compose\.override\.yaml:4: services\.web\.configs\.0\n/m);
});

describe("a secret", () => {
  test("that the stack's config has locked is a variable of the Compose files, undeclared", async () => {
    write("compose.yaml", "PASSWORD: ${DB_PASSWORD}");
    const { sent, result } = await call({}, { dbPassword: "hunter2" }, ["dbPassword"]);
    assert.deepEqual(sent.environment.web, asSecret(["PASSWORD=hunter2"]));
    assert.ok(result.config.secrets.dbPassword);
    assert.equal(await pulumi.isSecret(result.config.secrets.dbPassword), true);
  });

  test("may have the variable's own name", async () => {
    write("compose.yaml", "PASSWORD: ${DB_PASSWORD}");
    const { sent } = await call({}, { DB_PASSWORD: "hunter2" }, ["DB_PASSWORD"]);
    assert.deepEqual(sent.environment.web, asSecret(["PASSWORD=hunter2"]));
  });

  test("that stands in clear under a key that nobody knows is a mistake, which says how to lock it", async () => {
    write("compose.yaml", "A: x");
    await assert.rejects(
      call({}, { dbPassword: "hunter2" }),
      (error: Error) =>
        /unknown key `dbPassword` \[unknown-key\]\n.*config set --secret dbPassword/.test(error.message) &&
        !error.message.includes("hunter2"),
    );
    await assert.rejects(call({}, { proflies: ["dev"] }), /did you mean `profiles`\?/);
  });

  test("whose name no placeholder can have is a mistake", async () => {
    write("compose.yaml", "A: x");
    await assert.rejects(
      call({}, { "db-password": "hunter2" }, ["db-password"]),
      /letters, digits and `_`, such as dbPassword/,
    );
  });

  test("that is declared is looked for in the `.env` of the Compose project's folder", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "compose-project-"));
    try {
      writeFileSync(".env", "DB_PASSWORD=of the program's folder\n");
      writeFileSync(join(elsewhere, ".env"), "DB_PASSWORD=of the project's folder\n");
      write(join(elsewhere, "compose.yaml"), "PASSWORD: ${DB_PASSWORD}");
      const { sent } = await call({ directory: elsewhere, secrets: { dbPassword: {} } });
      assert.deepEqual(sent.environment.web, asSecret(["PASSWORD=of the project's folder"]));
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });
});
