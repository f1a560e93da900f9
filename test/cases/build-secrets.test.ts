import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { Case } from "./case.ts";

test("a build reads the files of its secrets, and no other", async () => {
  const project = await Case.create("build-secrets");
  const { stack, folder } = project;
  try {
    await stack.up();
    assert.equal((await stack.exec("tool", "cat", "/words")).output, "10\n");
    await assertNoChanges(stack);
    const built = await stack.command("build");
    assert.equal(built.code, 0, built.output);

    await rm(join(folder, "token.txt"));
    const { code, output } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(
      output,
      /services\.tool\.build\.secrets\.0\n.*`token` names the file `token\.txt`, which does not exist/,
    );
    await writeFile(join(folder, "token.txt"), "another token");
  } finally {
    await project.remove();
  }
});
