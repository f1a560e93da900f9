import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import { Case } from "../cases/case.ts";
import { runCommand } from "../fixture/command.ts";
import { described, differencesOf, isKnown } from "../fixture/compose-oracle/differences.ts";
import { composes } from "../fixture/compose-oracle/composes.ts";
import { knownDifferences } from "../fixture/compose-oracle/known-differences.ts";

interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, { readonly environment: Readonly<Record<string, string>> }>>;
}

describe("pulumi-compose config", () => {
  const secret = "correct-horse";
  let project: Case;
  before(async () => {
    project = await Case.create("config", {
      // Below /etc as well as where Compose puts secrets.
      paths: ["/etc/greeting", "/run/secrets"],
      environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase" },
      services: { web: { environment: { LEVEL: "debug" } } },
    });
    const { code, output } = await project.stack.pulumi("config", "set", "--secret", "dbPassword", secret);
    assert.equal(code, 0, output);
  });
  after(() => project.remove());

  test("prints the stack config laid over the files, and variables in place of secrets", async () => {
    const { code, output } = await project.stack.command("config");
    assert.equal(code, 0, output);
    const { name, services } = load(output) as ComposeFile;
    assert.equal(name, project.stack.project);
    assert.deepEqual(services.web?.environment, {
      DURATION: "infinity",
      LEVEL: "debug",
      PRICE: "5$$",
      URL: "postgres://web:${DB_PASSWORD}@db",
    });
    assert.doesNotMatch(output, new RegExp(secret));
    const json = await project.stack.command("config", "--json");
    assert.deepEqual(JSON.parse(json.output), load(output));
  });

  test("prints what Compose brings up as this program does", async () => {
    const { output } = await project.stack.command("config");
    await project.stack.up();
    const here = await project.observe();
    await project.stack.pulumi("destroy", "--yes", "--skip-preview");
    for (const compose of await composes("", () => undefined)) {
      const run = (...words: readonly string[]) =>
        runCommand("docker", ["compose", "--file", "-", ...words], {
          cwd: project.folder,
          env: { ...compose.environment, DB_PASSWORD: secret },
          input: output,
        });
      try {
        const { code, output: said } = await run("up", "--detach", "--wait", "web");
        assert.equal(code, 0, said);
        const differences = differencesOf("config", await project.observe(), here).filter(
          (difference) => !knownDifferences.some((known) => isKnown(known, difference, compose.version)),
        );
        assert.deepEqual(differences, [], `\n${differences.map(described).join("\n")}`);
      } finally {
        await run("down", "--volumes");
      }
    }
  });
});
