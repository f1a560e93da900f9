import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { directory } from "../fixture/stack.ts";
import { Case } from "./case.ts";

test("another password for PostgreSQL: told to the database, then to the stack", async () => {
  const project = await Case.create("another-password", {
    environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase" },
  });
  const { stack } = project;
  const setPassword = async (password: string) => {
    const { code, output } = await stack.pulumi("config", "set", "--secret", "dbPassword", password);
    assert.equal(code, 0, output);
  };
  try {
    await setPassword("the-first-one");
    await stack.up();
    await stack.exec("postgres", "psql", "-U", "shop", "-c", "CREATE TABLE kept (id int)");

    const sql = "ALTER ROLE shop PASSWORD 'the-second-one'";
    const words = ["exec", ...stack.options, "postgres", "psql", "-U", "shop", "-c", sql];
    const told = await runCommand("pulumi-compose", words, { cwd: directory });
    assert.equal(told.code, 0, told.output);
    await setPassword("the-second-one");
    const warned = await stack.pulumi("preview");
    assert.match(
      warned.output,
      new RegExp(
        `compose\\.yaml:\\d+: services\\.postgres\\.environment\\.POSTGRES_PASSWORD: POSTGRES_PASSWORD has changed, ` +
          `and \`${stack.project}_pgdata\` is kept: .* \\[kept-login\\]`,
      ),
    );
    assert.doesNotMatch(warned.output, /the-(?:first|second)-one/);
    // The gate of `web` opens when a connection with the new password is made.
    await stack.up();

    const query = ["psql", "-h", "postgres", "-U", "shop", "-Atc", "SELECT count(*) FROM kept"];
    assert.deepEqual(await stack.exec("web", ...query), { code: 0, output: "0\n" });
    const old = await stack.exec("web", "env", "PGPASSWORD=the-first-one", ...query);
    assert.notEqual(old.code, 0, old.output);
    assert.match(old.output, /password authentication failed/);

    // A volume that was removed by hand is empty when it is made again, and the migrations have run before.
    const [container, volume] = [`${stack.project}-postgres-1`, `${stack.project}_pgdata`];
    await docker("rm", "--force", container);
    await docker("volume", "rm", volume);
    const { code, output } = await stack.pulumi("preview");
    assert.equal(code, 0, output);
    assert.match(
      output,
      new RegExp(
        `compose\\.yaml:\\d+: volumes\\.pgdata: volume \`${volume}\` was removed .* \\[lost-volume\\]`,
      ),
    );
    assert.doesNotMatch(output, /kept-login/);
    assert.match(
      output,
      /migrations has completed on volume .* before the volume was removed: `up` mends that/,
    );
    const mended = await stack.command("up", "--yes");
    assert.equal(mended.code, 0, mended.output);
    assert.match(mended.output, /\[lost-volume\]/);
    assert.match(mended.output, /migrations has completed .*: the container is started again/);
    const orders = ["psql", "-h", "postgres", "-U", "shop", "-Atc", "SELECT count(*) FROM orders"];
    assert.deepEqual(await stack.exec("web", ...orders), { code: 0, output: "0\n" });
    await assertNoChanges(stack);
  } finally {
    await project.remove();
  }
});
