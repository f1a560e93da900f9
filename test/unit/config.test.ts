import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { givenLogins, readConfig, type SecretDefinition } from "../../components/config.ts";
import { flag } from "../../components/stack-keys.ts";
import { secrets, settings } from "../../systems/super-agent-team/settings.ts";
import { said } from "./builders.ts";

/** Reads the config of a stack that sets these keys, as Pulumi hands it over. */
function read(given: Readonly<Record<string, unknown>> = {}) {
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        `super-team:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  return readConfig({ settings, secrets });
}

beforeEach(() =>
  pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    "super-team",
    "dev",
  ),
);

describe("a stack that sets nothing", () => {
  test("has every key with its default, and no mistake", () => {
    const { config, mistakes } = read();
    assert.deepEqual(mistakes, []);
    const { project, override, secrets: given, exposed, shadowed, development, ...others } = config;
    assert.deepEqual(others, {
      ...settings.parse({}),
      profiles: [],
      environment: {},
      silence: [],
      keepVolumes: true,
      registryAuth: {},
      target: "engine",
    });
    assert.equal(project, "super-team");
    assert.deepEqual(override, {
      file: "Pulumi.dev.yaml",
      definitions: { services: {}, networks: {}, volumes: {}, configs: {}, secrets: {} },
      reset: [],
    });
    assert.deepEqual(Object.keys(given), ["dbPassword"]);
    assert.deepEqual([exposed, shadowed, development], [[], [], true]);
  });
});

describe("a key of the program that has no default", () => {
  const needed = z.object({ region: z.string(), debug: flag.default(false) });
  const readNeeded = (given: Readonly<Record<string, string>>) => {
    pulumi.runtime.setAllConfig(given);
    return readConfig({ settings: needed });
  };

  test("has the stack's value", () => {
    const { config, mistakes } = readNeeded({ "super-team:region": "eu" });
    assert.deepEqual(mistakes, []);
    assert.equal(config.region, "eu");
    assert.equal(config.debug, false);
  });

  test("is a mistake where the stack does not set it, told with the others", () => {
    assert.throws(
      () => readNeeded({ "super-team:debugg": "true" }),
      (error: Error) =>
        /super-team:region\n\s+is not set.*\n\s+→ .*config set region <value>/.test(error.message) &&
        error.message.includes("unknown key `debugg`"),
    );
  });
});

describe("a bind mount", () => {
  test("may come from the home directory", () => {
    const target = "/root/.aws";
    const { config, mistakes } = read({
      services: {
        api: {
          volumes: [
            { type: "bind", source: "~/.config/aws", target },
            { type: "bind", source: "./~aws", target: "/other" },
          ],
        },
      },
    });
    assert.deepEqual(mistakes, []);
    assert.deepEqual(config.override.definitions.services?.api?.volumes, [
      { type: "bind", source: join(homedir(), ".config/aws"), target },
      { type: "bind", source: "./~aws", target: "/other" },
    ]);
  });
});

describe("a secret", () => {
  const outside = process.env;
  const checkout = process.cwd();
  let folder: string;
  beforeEach(() => {
    process.env = { ...outside, PULUMI_CONFIG_PASSPHRASE: "" };
    folder = mkdtempSync(join(tmpdir(), "config-"));
    process.chdir(folder);
    writeFileSync("Pulumi.dev.yaml", "encryptionsalt: v1:salt\n");
  });
  afterEach(() => {
    process.chdir(checkout);
    rmSync(folder, { recursive: true });
    process.env = outside;
  });

  /** What a stack has that defines one secret: its value, and whether the passphrase leaves it exposed. */
  async function having(
    given: Readonly<Record<string, string>> = {},
    definition: SecretDefinition = {},
  ): Promise<[value: string | undefined, exposed: boolean]> {
    pulumi.runtime.setAllConfig(
      Object.fromEntries(Object.entries(given).map(([key, value]) => [`super-team:${key}`, value])),
    );
    const { config, mistakes } = readConfig({ settings, secrets: { dbPassword: definition } });
    assert.deepEqual(mistakes, []);
    const { dbPassword } = config.secrets;
    const exposed = config.exposed.includes("dbPassword");
    if (dbPassword === undefined) return [undefined, exposed];
    assert.equal(await pulumi.isSecret(dbPassword), true);
    return [await new Promise((resolve) => void pulumi.unsecret(dbPassword).apply(resolve)), exposed];
  }
  const valueOf = async (...args: Parameters<typeof having>) => (await having(...args))[0];

  test("comes from the stack's config, else from the environment, else from `.env`", async () => {
    writeFileSync(".env", "DB_PASSWORD=of the file\n");
    assert.equal(await valueOf(), "of the file");
    process.env.DB_PASSWORD = "of the environment";
    assert.equal(await valueOf(), "of the environment");
    assert.equal(await valueOf({ dbPassword: "of the stack" }), "of the stack");
  });

  test("of the stack's config is noted where the environment has another value", () => {
    const shadowedBy = (value: string) => {
      process.env.DB_PASSWORD = value;
      return read({ dbPassword: "of the stack" }).config.shadowed;
    };
    assert.deepEqual(["another", "of the stack", ""].map(shadowedBy), [["dbPassword"], [], []]);
  });

  test("that is set nowhere has its default, else it is undefined, for the stack's checks to find", async () => {
    assert.equal(await valueOf({}, { default: "well-known" }), "well-known");
    assert.equal(await valueOf({}, { default: "" }), "");
    assert.equal(await valueOf(), undefined);
  });

  test("that is empty is set nowhere, unless its default is empty too", async () => {
    writeFileSync(".env", "DB_PASSWORD=\n");
    assert.equal(await valueOf(), undefined);
    assert.equal(await valueOf({ dbPassword: "" }), undefined);
    assert.equal(await valueOf({}, { default: "well-known" }), "well-known");
    writeFileSync(".env", "DB_PASSWORD=of the file\n");
    process.env.DB_PASSWORD = "";
    assert.equal(await valueOf(), "of the file");
    assert.equal(await valueOf({}, { default: "" }), "");
  });

  test("of the environment is exposed by the empty passphrase, except for a well-known value", async () => {
    process.env.DB_PASSWORD = "real";
    assert.deepEqual(await having(), ["real", true]);
    assert.deepEqual(await having({}, { default: "well-known" }), ["real", true]);
    assert.deepEqual(await having({ dbPassword: "in clear" }), ["in clear", false]);
    process.env.DB_PASSWORD = "well-known";
    assert.deepEqual(await having({}, { default: "well-known" }), ["well-known", false]);
    delete process.env.DB_PASSWORD;
    assert.deepEqual(await having({}, { default: "well-known" }), ["well-known", false]);
    writeFileSync(".env", "DB_PASSWORD=of the file\n");
    assert.deepEqual(await having(), ["of the file", true]);
  });

  test("is the password of a registry's login, and stands in clear nowhere", () => {
    const found = (password: string, target = "swarm") =>
      said(read({ target, registryAuth: { "ghcr.io": { username: "ci", password } } }).mistakes);
    assert.match(String(found("open-sesame")), /registryAuth\.ghcr\.io: has its password in clear/);
    assert.match(String(found("${registryPassword}", "engine")), /only a swarm, and an engine/);
    assert.match(String(found("${registryPassword}")), /names `registryPassword`, which is set nowhere/);
    process.env.REGISTRY_PASSWORD = "open-sesame";
    assert.match(
      String(found("${registryPassword}")),
      /its password from REGISTRY_PASSWORD, and the empty passphrase/,
    );
    process.env.PULUMI_CONFIG_PASSPHRASE = "correct horse";
    assert.deepEqual(found("${registryPassword}"), []);
  });

  test("of a login is known before there is a plan, wherever a secret may be set", () => {
    const passwords = (given: Readonly<Record<string, string>> = {}) => {
      read(given);
      const logins = givenLogins({ "ghcr.io": { username: "ci", password: "${registryPassword}" } }, folder);
      return Object.values(logins).map(({ username, password }) => `${username} ${password}`);
    };
    assert.deepEqual(passwords(), []);
    writeFileSync(".env", "REGISTRY_PASSWORD=of the file\n");
    assert.deepEqual(passwords(), ["ci of the file"]);
    process.env.REGISTRY_PASSWORD = "";
    assert.deepEqual(passwords(), ["ci of the file"]);
    process.env.REGISTRY_PASSWORD = "of the environment";
    assert.deepEqual(passwords(), ["ci of the environment"]);
    assert.deepEqual(passwords({ registryPassword: "of the stack" }), ["ci of the stack"]);
  });

  test("is hidden by a passphrase of the stack's own, wherever Pulumi finds it, and by a key service", async () => {
    process.env.DB_PASSWORD = "real";
    process.env.PULUMI_CONFIG_PASSPHRASE = "correct horse";
    assert.deepEqual(await having(), ["real", false]);

    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    process.env.PULUMI_CONFIG_PASSPHRASE_FILE = "passphrase";
    writeFileSync("passphrase", "correct horse\n");
    assert.deepEqual(await having(), ["real", false]);
    writeFileSync("passphrase", "\n");
    assert.deepEqual(await having(), ["real", true]);
    // The other variable goes before it.
    process.env.PULUMI_CONFIG_PASSPHRASE = "correct horse";
    assert.deepEqual(await having(), ["real", false]);

    process.env.PULUMI_CONFIG_PASSPHRASE = "";
    writeFileSync("Pulumi.dev.yaml", "secretsprovider: awskms://key\nencryptedkey: key\n");
    assert.deepEqual(await having(), ["real", false]);
  });
});

test("the password of Super Agent Team is in clear only where nobody else reaches the machine, in dev and in test", () => {
  const inClear = ["dev", "test", "prod"].filter((name) =>
    readFileSync(`Pulumi.${name}.yaml`, "utf8").includes(":dbPassword:"),
  );
  assert.deepEqual(inClear, ["dev", "test"]);
  assert.deepEqual(secrets.dbPassword, {});
});

test("profiles, variables and volumes are keys of every program", () => {
  const { config, mistakes } = read({
    profiles: ["dev"],
    environment: { APP_ENV: "staging", WORKERS: 2 },
    volumes: { data: { external: true } },
    keepVolumes: "false",
  });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(config.profiles, ["dev"]);
  assert.deepEqual(config.environment, { APP_ENV: "staging", WORKERS: "2" });
  assert.deepEqual(config.override.definitions.volumes, { data: { external: true } });
  assert.equal(config.keepVolumes, false);
});

test("services may be written in Compose's short forms", () => {
  const { config, mistakes } = read({ services: { postgres: { ports: ["5432"] } }, reset: ["redis.ports"] });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(config.override.definitions.services, { postgres: { ports: [{ target: 5432 }] } });
  assert.deepEqual(config.override.reset, ["redis.ports"]);
});

describe("mistakes in a stack's config", () => {
  test("are told all at once, each with the file and what to do", () => {
    const { mistakes } = read({
      logLevl: "debug",
      logLevel: "loud",
      routing: "magic",
      services: { postgres: { imge: "x", init: "perhaps" } },
      networks: { tools: { internl: true } },
      keepVolumes: "perhaps",
      profiles: "dev",
      reset: [5],
    });
    assert.deepEqual(said(mistakes).toSorted(), [
      "keepVolumes: the value is not one of the allowed values",
      "logLevel: the value is not one of the allowed values",
      "networks.tools.internl: unknown key `internl`",
      "profiles: the value has the wrong type",
      "reset.0: the value has the wrong type",
      "routing: the value is not one of the allowed values",
      "services.postgres.imge: unknown key `imge`",
      "services.postgres.init: the value has the wrong type",
      "super-team:logLevl: unknown key `logLevl`",
    ]);
    assert.ok(mistakes.every(({ file }) => file === "Pulumi.dev.yaml"));
    const fixes = mistakes.map(({ fix }) => fix).join("\n");
    for (const fix of [
      "`logLevel`",
      "debug, info, warning, error",
      "file, labels",
      "`image`",
      "`internal`",
    ]) {
      assert.ok(fixes.includes(fix), fix);
    }
  });

  test("in a silence are told like any other: a warning nobody knows, no reason, a key too many", () => {
    const { config, mistakes } = read({
      silence: [
        { warning: "rounded-memry", reason: "half a mebibyte more is no harm" },
        { warning: "rounded-memory" },
        { warning: "rounded-memory", reason: " " },
        { warning: "rounded-memory", reason: "so it is", services: ["app"] },
        { warning: "rounded-memory", service: "app", reason: "so it is" },
      ],
    });
    assert.deepEqual(said(mistakes), [
      "silence.0.warning: the value is not one of the allowed values",
      "silence.1.reason: the key is missing",
      "silence.2.reason: the value is not valid",
      "silence.3.services: unknown key `services`",
    ]);
    assert.deepEqual(
      mistakes.map(({ fix }) => fix),
      [
        "did you mean `rounded-memory`?",
        "say why the warning is silenced",
        "say why the warning is silenced",
        "did you mean `service`?",
      ],
    );
    assert.deepEqual(config.silence.at(-1), {
      warning: "rounded-memory",
      service: "app",
      reason: "so it is",
    });
  });

  test("leave the other settings as they are, so that the rest can be checked", () => {
    const { config } = read({
      logLevel: "loud",
      dbName: "shop",
      services: { postgres: { init: 5, image: "x" } },
    });
    assert.equal(config.dbName, "shop");
    assert.deepEqual(config.override.definitions.services, { postgres: { image: "x" } });
  });

  test("of another project's namespace are none of ours", () => {
    read();
    pulumi.runtime.setConfig("docker:host", "x");
    assert.deepEqual(readConfig({ settings, secrets }).mistakes, []);
  });
});
