import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { looksSecret } from "../../components/model/looks-secret.ts";
import { load } from "js-yaml";
import { firstCandidate, fixedHostPorts, keptApart } from "../../components/cli/init/ports.ts";
import {
  mainFile,
  missingLines,
  packageChange,
  pulumiYaml,
  stackText,
  withLines,
  wrongName,
} from "../../components/cli/init/program-files.ts";
import { reachOf, servicesInClear, variablesIn } from "../../components/cli/init/secret-variables.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { secretKeyOf, variableOf } from "../../components/model/secret.ts";

describe("what looks like a secret", () => {
  for (const name of ["DB_PASSWORD", "JWT_SECRET", "API_TOKEN", "STRIPE_KEY", "APIKEY", "SMTP_PASS", "KEY"]) {
    test(`${name} does`, () => {
      assert.equal(looksSecret(name, "abcdef"), true);
    });
  }
  for (const [name, value] of [
    ["MONKEY", "abcdef"],
    ["DB_PASSWORD_FILE", "/run/secrets/db"],
    ["TOKEN_EXPIRE_MINUTES", "abc"],
    ["JWT_PUBLIC_KEY", "abcdef"],
    ["TOKEN_LIMIT", "3600"],
    ["DB_HOST", "postgres"],
    ["DATABASE_URL", "postgres://postgres/shop"],
  ] as const) {
    test(`${name}=${value} does not`, () => {
      assert.equal(looksSecret(name, value), false);
    });
  }
  test("a URL with a password does", () => {
    assert.equal(looksSecret("DATABASE_URL", "postgres://shop:horse@postgres/shop"), true);
  });
});

describe("the key of a variable leads back to it", () => {
  for (const [variable, key] of [
    ["DB_PASSWORD", "dbPassword"],
    ["KEY", "key"],
    ["AWS_S3_2_KEY", "awsS3_2Key"],
  ] as const) {
    test(variable, () => {
      assert.equal(secretKeyOf(variable), key);
      assert.equal(variableOf(key), variable);
    });
  }
  test("a variable in small letters has none", () => {
    assert.equal(secretKeyOf("db_password"), undefined);
  });
});

test("variables are found as Compose files refer to them", () => {
  const text = `
environment: { A: "\${ONE}", B: "\${TWO:-x\${THREE}}", C: $FOUR, D: "$$FIVE and $\${SIX}" }
secrets:
  token:
    environment: SEVEN
`;
  assert.deepEqual(variablesIn(text).sort(), ["FOUR", "ONE", "SEVEN", "THREE", "TWO"]);
});

test("a secret's way is told: services that get it, keys that would show it, values past it", () => {
  const definitions = definitionsSchema.parse({
    services: {
      api: { image: "a", environment: { URL: "postgres://${dbPassword}@db" } },
      db: { image: "b", secrets: ["password"] },
      web: { build: { context: ".", args: { PASSWORD: "${dbPassword}" } } },
      worker: { image: "c", environment: { DB_PASSWORD: "horse" } },
    },
    secrets: { password: { content: "${dbPassword}" } },
  });
  assert.deepEqual(reachOf("dbPassword", definitions), {
    services: ["api", "db", "web"],
    refused: ["services.web.build"],
  });
  assert.deepEqual(servicesInClear("DB_PASSWORD", "horse", definitions), ["worker"]);
});

describe("a further stack is kept apart", () => {
  const definitions = definitionsSchema.parse({
    services: {
      web: { image: "a", ports: ["127.0.0.1:80:8080", "81:8081/udp", "9000"], container_name: "web" },
      twice: { image: "a", ports: ["5000:80", "5001:80"] },
    },
    volumes: { data: { name: "shared" }, own: {}, others: { name: "others", external: true } },
    networks: { inner: { name: "inner" } },
  });

  test("by host ports, addresses and protocols staying as they are", () => {
    const wanted = fixedHostPorts(definitions).map(({ port }) => firstCandidate(Number(port.published)));
    assert.deepEqual(wanted, [8081, 8082, 5001, 5002]);
    const { services, reset } = keptApart(definitions, "test", [8081, 8082, 5003, 5002]);
    assert.deepEqual(services, {
      web: { ports: ["127.0.0.1:8081:8080", "8082:8081/udp"] },
      twice: { ports: ["5003:80", "5002:80"] },
    });
    assert.deepEqual(reset, ["web.container_name", "twice.ports"]);
  });

  test("by names on the engine, except of what is external", () => {
    const { volumes, networks } = keptApart(definitions, "test", []);
    assert.deepEqual(volumes, { data: { name: "shared-test" } });
    assert.deepEqual(networks, { inner: { name: "inner-test" } });
  });
});

describe("names of programs", () => {
  for (const name of ["Shop", "-shop", "my shop", "", "docker", "pulumi", "a".repeat(101)]) {
    test(`\`${name}\` is refused`, () => {
      assert.notEqual(wrongName(name), undefined);
    });
  }
  for (const name of ["shop", "on", "1e3", "12_3", "0x1"]) {
    test(`${name} is taken, and stands in Pulumi.yaml as a text`, () => {
      assert.equal(wrongName(name), undefined);
      const { name: read } = load(pulumiYaml({ name, main: "index.ts", plugin: "bin" })) as {
        readonly name: unknown;
      };
      assert.equal(read, name);
    });
  }
});

test("a stack's file has the stack's keys, and what Pulumi keeps there", () => {
  const kept = { encryptionsalt: "v1:salt", config: { "shop:dbPassword": { secure: "v1:locked" } } };
  const text = stackText({ name: "shop", stack: "dev", example: "api" }, { profiles: ["debug"] }, kept);
  assert.match(text, /^# yaml-language-server: \$schema=/);
  assert.deepEqual(load(text), {
    config: { "shop:profiles": ["debug"], "shop:dbPassword": { secure: "v1:locked" } },
    encryptionsalt: "v1:salt",
  });
});

describe("package.json", () => {
  test("that npm wrote when it installed into an empty folder becomes an ES module's", () => {
    const change = packageChange(
      '{\n  "dependencies": {\n    "pulumi-compose": "^0.2.0"\n  }\n}\n',
      "^0.2.0",
    );
    assert.equal((JSON.parse(change?.text ?? "") as { type: string }).type, "module");
  });

  test("of an application keeps its type, and gets the dependency where it lacks", () => {
    const text = '{\n\t"name": "app",\n\t"main": "app.js"\n}\n';
    const change = packageChange(text, "^0.2.0");
    assert.ok(change !== undefined);
    assert.deepEqual(change.added, ["the dependency pulumi-compose ^0.2.0"]);
    assert.match(change.text, /^\{\n\t"name": "app",\n\t"main": "app.js",\n\t"dependencies"/);
    assert.equal(packageChange(change.text, "^0.2.0"), undefined);
  });

  test("that says CommonJS has the program beside it as .mts", () => {
    assert.equal(mainFile('{"type": "commonjs"}'), "index.mts");
    assert.equal(mainFile('{"type": "module"}'), "index.ts");
    assert.equal(mainFile(undefined), "index.ts");
  });
});

test("an ignore file gets the lines that it lacks, behind its own", () => {
  assert.deepEqual(missingLines("/node_modules\n.state", ["node_modules/", ".state/", ".env"]), [".env"]);
  assert.equal(withLines("dist", [".env"]), "dist\n.env\n");
  assert.equal(withLines(undefined, [".env"]), ".env\n");
});
