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
}

/** The warnings of a file with this service, where the terminal has these variables. */
function told(
  service: Written,
  terminal: Readonly<Record<string, string>>,
  { environment = {}, over = {}, shadowed = [] }: Stack = {},
) {
  const file = {
    file: "compose.yaml",
    services: { app: service as WrittenService },
    secrets: {},
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
  return unheardVariables([file], model, { terminal, environment, shadowed, stackFile, command }).map(
    ({ path, message, fix }) => `${path}: ${message} → ${fix}`,
  );
}

const level = { environment: { LEVEL: "${LEVEL:-info}" } };
const message = "LEVEL of the terminal has no effect: the stack's file has another value";

describe("a variable of the terminal that a Compose file uses", () => {
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

  test("is warned of where the variable is a secret's, without a value", () => {
    assert.deepEqual(told({}, { DB_PASSWORD: "mine" }, { shadowed: ["dbPassword", "unused"] }), [
      "dbPassword: DB_PASSWORD of the terminal has no effect: the stack's file has another value" +
        " → change the stack's value: pulumi config set --secret dbPassword",
    ]);
  });
});
