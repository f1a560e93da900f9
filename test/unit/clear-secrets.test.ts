import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { WrittenService } from "../../components/compose-spec/written.ts";
import { clearSecrets } from "../../components/guesses/clear-secrets.ts";
import { modelFrom, type Written } from "./builders.ts";

const command = (...words: readonly string[]) => ["pulumi", ...words].join(" ");

/** The warnings of a file with this service, where these variables are set. */
function told(service: Written, variables: Readonly<Record<string, string>>, secrets: Written = {}) {
  const file = {
    file: "compose.yaml",
    services: { app: service as WrittenService },
    secrets,
    others: {},
    includes: false,
    variable: (name: string) => variables[name],
  };
  const model = modelFrom({ services: { app: { image: "app" } }, secrets });
  return clearSecrets([file, file], model, command).map(({ path, fix }) => `${path}: ${fix}`);
}

const used = (variable: string, value: string) =>
  told({ environment: { SOME: `\${${variable}}` } }, { [variable]: value });

describe("a variable that is called like a secret, and is no declared one", () => {
  for (const variable of [
    "PASSWORD",
    "DB_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
    "SMTP_PASS",
    "MYSQL_PWD",
    "JWT_SECRET",
    "CLIENT_SECRET2",
    "API_TOKEN",
    "STRIPE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "SECRET_KEY_BASE",
    "APIKEY",
    "DBPASSWORD",
  ]) {
    test(`is warned of: ${variable}`, () => {
      const [warning = "", ...others] = used(variable, "hunter2-and-more");
      assert.deepEqual(others, []);
      assert.match(warning, /^services\.app\.environment\.SOME: pulumi config set --secret \w+$/);
    });
  }

  for (const variable of [
    "KEYCLOAK_URL",
    "TOKEN_TTL",
    "PUBLIC_KEY_PATH",
    "SSH_PUBLIC_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "MAX_TOKENS",
    "DB_PASSWORD_FILE",
    "PASSWORD_MIN_LENGTH",
    "AWS_ACCESS_KEY_ID",
    "CACHE_KEY",
    "SORT_KEY",
    "MONKEY",
    "PWD",
    "SECRET_NAME",
    "TOKENIZER",
    "COMPASS",
    "LOG_LEVEL",
  ]) {
    test(`is none that is called otherwise: ${variable}`, () => {
      assert.deepEqual(used(variable, "hunter2-and-more"), []);
    });
  }

  for (const value of [
    "",
    " ",
    "true",
    "0",
    "/run/secrets/db",
    "./certs/key.pem",
    "${dbPassword}",
    "x${dbPassword}",
  ]) {
    test(`is none with the value ${JSON.stringify(value)}`, () => {
      assert.deepEqual(used("DB_PASSWORD", value), []);
    });
  }

  test("is none that is set nowhere, whatever its default", () => {
    assert.deepEqual(told({ environment: { A: "${DB_PASSWORD:-trader}" } }, {}), []);
  });

  test("is told once, where it is used first, with the command that makes it a secret", () => {
    const service = {
      command: ["serve", "--token", "${API_TOKEN:?}"],
      environment: [
        "DB_PASSWORD",
        "URL=postgres://app:$DB_PASSWORD@db",
        "ESCAPED=$$OTHER_SECRET",
        "IF=${X_KEY:+yes}",
      ],
    };
    const variables = { DB_PASSWORD: "hunter2", API_TOKEN: "t0ken", OTHER_SECRET: "x1x", X_KEY: "y1y" };
    assert.deepEqual(told(service, variables), [
      "services.app.command.2: pulumi config set --secret apiToken",
      "services.app.environment.0: pulumi config set --secret dbPassword",
    ]);
    assert.deepEqual(told({ environment: { DB_PASSWORD: null } }, variables), [
      "services.app.environment.DB_PASSWORD: pulumi config set --secret dbPassword",
    ]);
  });

  test("is known by the name that the command gives it", () => {
    assert.deepEqual(used("X_A_KEY", "hunter2"), [
      "services.app.environment.SOME: pulumi config set --secret X_A_KEY",
    ]);
    assert.deepEqual(used("dbPassword", "hunter2"), [
      "services.app.environment.SOME: call the variable DB_PASSWORD, and then: pulumi config set --secret dbPassword",
    ]);
  });

  test("is any that a secret of the file is made of", () => {
    assert.deepEqual(told({}, { SOMETHING: "hunter2" }, { password: { environment: "SOMETHING" } }), [
      "secrets.password.environment: pulumi config set --secret something",
    ]);
  });

  test("is none of a service that is not part of the stack", () => {
    const file = {
      file: "compose.yaml",
      services: { other: { environment: { A: "${DB_PASSWORD}" } } as WrittenService },
      secrets: {},
      others: {},
      includes: false,
      variable: () => "hunter2",
    };
    assert.deepEqual(clearSecrets([file], modelFrom({}), command), []);
  });
});
