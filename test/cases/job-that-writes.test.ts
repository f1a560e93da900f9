import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { containerIds } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { Case } from "./case.ts";

test("a job that writes into its own folder runs again only after somebody else's change there", async () => {
  const project = await Case.create("job-that-writes");
  const ran = () => readFile(join(project.folder, "work", "ran"), "utf8");
  try {
    await project.stack.up();
    const [first, ids] = [await ran(), await containerIds(project.stack.project)];
    await assertNoChanges(project.stack);
    await project.stack.up();
    assert.equal(await ran(), first);

    await writeFile(join(project.folder, "work", "2.sql"), "alter table\n");
    await project.stack.up();
    assert.notEqual(await ran(), first);
    assert.match(await readFile(join(project.folder, "work", "seen"), "utf8"), /2\.sql/);
    assert.equal((await containerIds(project.stack.project)).app, ids.app);
    await assertNoChanges(project.stack);
  } finally {
    await project.remove();
  }
});
