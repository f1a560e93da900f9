import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutEffect } from "../../systems/super-agent-team/environment.ts";

const settings = { logLevel: "info", dbUser: "superteam", dbName: "superteam" };

test("a variable that the seed's files read is said to have no effect, with the command that has one", () => {
  assert.deepEqual(withoutEffect({ LOG_LEVEL: "debug", DB_NAME: "" }, settings, "dev"), [
    "LOG_LEVEL of the environment has no effect: the stack has logLevel info " +
      "(npx pulumi config set logLevel <value> --stack dev)",
  ]);
});

test("a variable that says what the stack has is not told of", () => {
  assert.deepEqual(
    withoutEffect({ LOG_LEVEL: "info", DB_USER: "superteam", HOME: "/" }, settings, "dev"),
    [],
  );
});
