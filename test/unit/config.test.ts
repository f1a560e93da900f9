import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { parse as parseYaml } from "yaml";
import { readConfig } from "../../config.ts";
import { said } from "./builders.ts";

const declared = (
  parseYaml(readFileSync(join(import.meta.dirname, "../../Pulumi.yaml"), "utf8")) as {
    config: Record<string, { type?: string; default?: unknown; description?: string }>;
  }
).config;

/** Reads the config of a stack that sets these keys, as Pulumi hands it over: with the defaults of `Pulumi.yaml`. */
function read(settings: Readonly<Record<string, unknown>> = {}): ReturnType<typeof readConfig> {
  const defaults = Object.fromEntries(Object.entries(declared).map(([key, value]) => [key, value.default]));
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries({ ...defaults, ...settings }).map(([key, value]) => [
        `super-team:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  return readConfig();
}

beforeEach(() =>
  pulumi.runtime.setMocks(
    { newResource: () => ({ id: "", state: {} }), call: () => ({}) },
    "super-team",
    "dev",
  ),
);

describe("a stack that sets nothing", () => {
  test("has every key with the default of Pulumi.yaml, and no mistake", () => {
    const { config, mistakes } = read();
    assert.deepEqual(mistakes, []);
    const { project, override, secrets, ...settings } = config;
    for (const [key, value] of Object.entries(settings)) assert.equal(value, declared[key]?.default, key);
    assert.equal(project, "super-team");
    assert.deepEqual(override, {
      file: "Pulumi.dev.yaml",
      project: { services: {}, networks: {} },
      reset: [],
    });
    assert.deepEqual(Object.keys(secrets), ["dbPassword"]);
  });

  test("keeps its database password secret", async () => {
    assert.equal(await pulumi.isSecret(read().config.secrets.dbPassword), true);
  });
});

test("Pulumi.yaml declares every key that is read, with type, default and description", () => {
  const { config } = read();
  const settings = Object.keys(config).filter((key) => !["override", "project", "secrets"].includes(key));
  assert.deepEqual(
    Object.keys(declared).toSorted(),
    [...settings, ...Object.keys(config.secrets), "services", "networks", "reset"].toSorted(),
  );
  for (const [key, { type, default: value, description }] of Object.entries(declared)) {
    assert.ok(type !== undefined && value !== undefined && description !== undefined, key);
  }
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
    });
    assert.deepEqual(said(mistakes).toSorted(), [
      "logLevel: is none of the values it can have",
      "networks.tools.internl: unknown key `internl`",
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
    assert.deepEqual(readConfig().mistakes, []);
  });
});
