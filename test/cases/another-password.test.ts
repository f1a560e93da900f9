import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../fixture/command.ts";
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
    // The gate of `web` opens when a connection with the new password is made.
    await stack.up();

    const query = ["psql", "-h", "postgres", "-U", "shop", "-Atc", "SELECT count(*) FROM kept"];
    assert.deepEqual(await stack.exec("web", ...query), { code: 0, output: "0\n" });
    const old = await stack.exec("web", "env", "PGPASSWORD=the-first-one", ...query);
    assert.notEqual(old.code, 0, old.output);
    assert.match(old.output, /password authentication failed/);
  } finally {
    await project.remove();
  }
});
