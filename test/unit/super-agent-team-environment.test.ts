import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutEffect } from "../../systems/super-agent-team/environment.ts";

const settings = { logLevel: "info", dbUser: "superteam", dbName: "superteam" };

/** What is told where the terminal and `.env` have these variables. */
const told = (terminal: Readonly<Record<string, string>>, dotEnv: Readonly<Record<string, string>> = {}) =>
  withoutEffect({ "the terminal": terminal, "`.env`": dotEnv }, settings, "dev").map(
    ({ file = "", path, message, fix }) => `${file}: ${path}: ${message} → ${fix}`,
  );

test("a variable that the seed's files read is said to have no effect, with the command that has one", () => {
  assert.deepEqual(told({ LOG_LEVEL: "debug", DB_NAME: "" }, { DB_NAME: "shop", LOG_LEVEL: "error" }), [
    "Pulumi.dev.yaml: logLevel: LOG_LEVEL of the terminal has no effect: the stack has logLevel info" +
      " → npx pulumi config set logLevel <value> --stack dev",
    "Pulumi.dev.yaml: dbName: DB_NAME of `.env` has no effect: the stack has dbName superteam" +
      " → npx pulumi config set dbName <value> --stack dev",
  ]);
});

test("a variable that says what the stack has is not told of", () => {
  assert.deepEqual(told({ LOG_LEVEL: "info", DB_USER: "superteam", HOME: "/" }, { LOG_LEVEL: "info" }), []);
});
