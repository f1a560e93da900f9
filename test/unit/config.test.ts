import assert from "node:assert/strict";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "../../config.ts";
import { secrets, settings } from "../../settings.ts";
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
    const { project, override, secrets: given, ...others } = config;
    assert.deepEqual(others, {
      ...settings.parse({}),
      profiles: [],
      environment: {},
      keepVolumes: true,
    });
    assert.equal(project, "super-team");
    assert.deepEqual(override, {
      file: "Pulumi.dev.yaml",
      project: { services: {}, networks: {}, volumes: {} },
      reset: [],
    });
    assert.deepEqual(Object.keys(given), ["dbPassword"]);
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
    assert.deepEqual(config.override.project.services?.api?.volumes, [
      { type: "bind", source: join(homedir(), ".config/aws"), target },
      { type: "bind", source: "./~aws", target: "/other" },
    ]);
  });
});

describe("a secret", () => {
  const valueOf = async (given: Readonly<Record<string, unknown>>) => {
    const { dbPassword } = read(given).config.secrets;
    assert.ok(dbPassword);
    assert.equal(await pulumi.isSecret(dbPassword), true);
    return new Promise((resolve) => void pulumi.unsecret(dbPassword).apply(resolve));
  };

  test("comes from the stack's config, else from the environment, else from its default", async () => {
    assert.equal(await valueOf({}), secrets.dbPassword.default);
    process.env.DB_PASSWORD = "of the environment";
    try {
      assert.equal(await valueOf({}), "of the environment");
      assert.equal(await valueOf({ dbPassword: "of the stack" }), "of the stack");
    } finally {
      delete process.env.DB_PASSWORD;
    }
  });

  test("that is set nowhere and has no default is undefined, for the stack's checks to find", () => {
    pulumi.runtime.setAllConfig({});
    const { config, mistakes } = readConfig({ settings, secrets: { apiKey: {} } });
    assert.deepEqual(mistakes, []);
    assert.deepEqual(config.secrets, { apiKey: undefined });
  });
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
  assert.deepEqual(config.override.project.volumes, { data: { external: true } });
  assert.equal(config.keepVolumes, false);
});

test("services may be written in Compose's short forms", () => {
  const { config, mistakes } = read({ services: { postgres: { ports: ["5432"] } }, reset: ["redis.ports"] });
  assert.deepEqual(mistakes, []);
  assert.deepEqual(config.override.project.services, { postgres: { ports: [{ target: 5432 }] } });
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
      "keepVolumes: is none of the values it can have",
      "logLevel: is none of the values it can have",
      "networks.tools.internl: unknown key `internl`",
      "profiles: has the wrong type",
      "reset.0: has the wrong type",
      "routing: is none of the values it can have",
      "services.postgres.imge: unknown key `imge`",
      "services.postgres.init: has the wrong type",
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

  test("leave the other settings as they are, so that the rest can be checked", () => {
    const { config } = read({
      logLevel: "loud",
      dbName: "shop",
      services: { postgres: { init: 5, image: "x" } },
    });
    assert.equal(config.dbName, "shop");
    assert.deepEqual(config.override.project.services, { postgres: { image: "x" } });
  });

  test("of another project's namespace are none of ours", () => {
    read();
    pulumi.runtime.setConfig("docker:host", "x");
    assert.deepEqual(readConfig({ settings, secrets }).mistakes, []);
  });
});
