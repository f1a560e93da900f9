import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WrittenService } from "../../components/compose-spec/written.ts";
import { unheardVariables } from "../../components/guesses/unheard-variables.ts";
import { definitions, modelFrom, type Written } from "./builders.ts";

const stackFile = "Pulumi.dev.yaml";

interface Stack {
  readonly environment?: Readonly<Record<string, string>>;
  readonly over?: Written;
  readonly shadowed?: readonly string[];
  readonly dotEnv?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  /** The top level's networks, volumes and configs. */
  readonly others?: Written;
}

/** The warnings of a file with this service, where the terminal has these variables. */
function told(
  service: Written,
  terminal: Readonly<Record<string, string>>,
  { environment = {}, over = {}, shadowed = [], dotEnv = {}, profiles = [], others = {} }: Stack = {},
) {
  const file = {
    file: "compose.yaml",
    services: { app: service as WrittenService },
    secrets: {},
    others,
    includes: false,
    variable: () => undefined,
  };
  const model = modelFrom(
    { services: { app: { image: "app", command: ["${dbPassword}"] } } },
    {
      secrets: ["dbPassword"],
      sources: [{ file: stackFile, definitions: definitions({ services: { app: over } }) }],
    },
  );
  const command = (...words: readonly string[]) => ["pulumi", ...words].join(" ");
  const said = { terminal, dotEnv, environment, profiles, shadowed, stackFile, command };
  return unheardVariables([file], model, said).map(
    ({ path, message, fix }) => `${path}: ${message} → ${fix}`,
  );
}

const level = { environment: { LEVEL: "${LEVEL:-info}" } };
const message = "LEVEL of the terminal has no effect: the stack's file has another value";

describe("a variable of the terminal or of `.env` that a Compose file uses", () => {
  test("is warned of where the stack's environment has another value, with the command", () => {
    assert.deepEqual(told(level, { LEVEL: "warning" }, { environment: { LEVEL: "debug" } }), [
      `environment.LEVEL: ${message} → change the stack's value: pulumi config set --path environment.LEVEL <value>`,
    ]);
  });

  for (const [form, service] of [
    ["mapping", level],
    ["list", { environment: ["LEVEL=${LEVEL:-info}"] }],
  ] as const) {
    test(`is warned of where the stack's services have a value in its place, over a ${form}`, () => {
      assert.deepEqual(told(service, { LEVEL: "warning" }, { over: { environment: { LEVEL: "debug" } } }), [
        `services.app.environment.LEVEL: ${message} → change it there, or remove the key`,
      ]);
    });
  }

  test("is no matter where it has an effect, or says what the stack says", () => {
    assert.deepEqual(told(level, { LEVEL: "warning" }), []);
    assert.deepEqual(told(level, { LEVEL: "" }, { environment: { LEVEL: "debug" } }), []);
    assert.deepEqual(told(level, { LEVEL: "debug" }, { environment: { LEVEL: "debug" } }), []);
    const both = { ...level, command: ["--level=${LEVEL}"] };
    assert.deepEqual(told(both, { LEVEL: "warning" }, { over: { environment: { LEVEL: "debug" } } }), []);
    assert.deepEqual(told({ command: "x" }, { LEVEL: "a" }, { environment: { LEVEL: "b" } }), []);
  });

  test("is warned of where only the top level uses the variable, and has an effect there over a service", () => {
    const others = { configs: { all: { content: "level: ${LEVEL}" } } };
    assert.deepEqual(told({}, { LEVEL: "warning" }, { environment: { LEVEL: "debug" }, others }), [
      `environment.LEVEL: ${message} → change the stack's value: pulumi config set --path environment.LEVEL <value>`,
    ]);
    const over = { environment: { LEVEL: "debug" } };
    assert.deepEqual(told(level, { LEVEL: "warning" }, { over, others }), []);
  });

  test("is warned of where `.env` has it, and the terminal wins over `.env`", () => {
    const dotEnv = { LEVEL: "warning" };
    const environment = { LEVEL: "debug" };
    assert.deepEqual(told(level, {}, { dotEnv, environment }), [
      `environment.LEVEL: ${message.replace("the terminal", "`.env`")}` +
        " → change the stack's value: pulumi config set --path environment.LEVEL <value>",
    ]);
    assert.deepEqual(told(level, { LEVEL: "debug" }, { dotEnv, environment }), []);
    assert.deepEqual(told(level, {}, { dotEnv }), []);
    assert.deepEqual(told({}, {}, { dotEnv: { DB_PASSWORD: "mine" }, shadowed: ["dbPassword"] }), [
      "dbPassword: DB_PASSWORD of `.env` has no effect: the stack's file has another value" +
        " → change the stack's value: pulumi config set --secret dbPassword",
    ]);
  });

  test("is warned of where the variable is a secret's, without a value", () => {
    assert.deepEqual(told({}, { DB_PASSWORD: "mine" }, { shadowed: ["dbPassword", "unused"] }), [
      "dbPassword: DB_PASSWORD of the terminal has no effect: the stack's file has another value" +
        " → change the stack's value: pulumi config set --secret dbPassword",
    ]);
  });
});

describe("a variable that Compose itself reads", () => {
  test("is warned of where it names files, and the program or the stack's file names others", () => {
    assert.deepEqual(told({}, { COMPOSE_FILE: "base.yaml:prod.yaml" }), [
      "files: COMPOSE_FILE of the terminal has no effect: the program, or the key `files`, names the files" +
        " → name the files there",
    ]);
    assert.deepEqual(told({}, { COMPOSE_FILE: "compose.yaml:without-services.yaml" }), []);
    assert.deepEqual(told({}, {}, { dotEnv: { COMPOSE_FILE: "compose.yaml" } }), []);
  });

  test("is warned of where it names profiles, and the stack has others", () => {
    const dotEnv = { COMPOSE_PROFILES: "web,workers" };
    assert.deepEqual(told({}, {}, { dotEnv, profiles: ["web"] }), [
      "profiles: COMPOSE_PROFILES of `.env` has no effect: the stack has profiles of its own" +
        " → add to the key: workers",
    ]);
    assert.deepEqual(told({}, {}, { dotEnv, profiles: ["web", "workers"] }), []);
    assert.deepEqual(told({}, {}, { dotEnv }), []);
  });
});
