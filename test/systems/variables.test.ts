import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TestStack, type TestStackOptions } from "../fixture/stack.ts";

/** Variables of the terminal that the files of a system's team read. */
interface Variables {
  /** Without effect, because the stack's file says otherwise. */
  readonly told: Readonly<Record<string, string>>;
  /** With an effect on the definitions. */
  readonly work: Readonly<Record<string, string>>;
  /** What else the stack needs. */
  readonly needed?: Readonly<Record<string, string>>;
}

const systems: readonly (Pick<TestStackOptions, "folder" | "config"> & Variables)[] = [
  {
    told: { LOG_LEVEL: "error", DB_USER: "reader", DB_NAME: "shop", DB_PASSWORD: "mine" },
    work: {},
  },
  {
    folder: "systems/ichrisbirch",
    config: "Pulumi.dev.yaml",
    told: { LOG_LEVEL: "error", ENVIRONMENT: "mine", DOMAIN: "example.org", TRAEFIK_DASHBOARD: "false" },
    work: { CERTIFICATES: "/tmp" },
  },
  {
    folder: "systems/contravento",
    config: "Pulumi.local.yaml",
    told: { APP_ENV: "mine", DEBUG: "false", LOG_LEVEL: "ERROR", POSTGRES_PASSWORD: "mine" },
    work: { POSTGRES_USER: "reader", POSTGRES_DB: "shop" },
  },
  {
    folder: "systems/trading-platform",
    config: "Pulumi.dev.yaml",
    told: { COMPOSE_PROFILES: "workers" },
    work: {
      LOG_LEVEL: "error",
      POSTGRES_USER: "reader",
      POSTGRES_DB: "shop",
      REDIS_URL_DOCKER: "redis://elsewhere:6379/0",
    },
  },
  {
    folder: "systems/hercules",
    config: "Pulumi.dev.yaml",
    told: {},
    work: { SERVER_NAME: "hercules.example.org" },
    needed: {
      DB_PASSWORD: "mine",
      REDIS_PASSWORD: "mine too",
      JWT_SECRET: "also mine",
      PULUMI_CONFIG_PASSPHRASE: "correct horse",
    },
  },
];

describe("a variable of the terminal that the files of the system's team read", { concurrency: 2 }, () => {
  for (const { folder = ".", config, told, work, needed } of systems) {
    test(`works in ${folder}, or is said to have no effect`, async () => {
      const stack = await TestStack.create({
        ...{ folder, engine: false, environment: { ...told, ...work, ...needed } },
        ...(config === undefined ? {} : { config }),
      });
      try {
        const preview = await stack.pulumi("preview");
        assert.equal(preview.code, 0, preview.output);
        // Pulumi may say one as the warning comes, and again at the end.
        const without = [...preview.output.matchAll(/: (\w+) of the terminal has no effect: /g)];
        const variables = new Set(without.map(([, variable]) => variable));
        assert.deepEqual([...variables].sort(), Object.keys(told).sort());
        const { output } = await stack.command("config");
        for (const [variable, value] of Object.entries(work)) assert.ok(output.includes(value), variable);
      } finally {
        await stack.down();
      }
    });
  }
});
