import assert from "node:assert/strict";
import { test } from "node:test";
import { docker } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { Case } from "./case.ts";

test("an image that one service builds is there for the services that only name the image", async () => {
  const project = await Case.create("image-of-another-service");
  try {
    // Compose would have left the image behind, and every service would find it.
    await docker("image", "rm", "--force", "case-image-of-another-service:1");
    const { code, output } = await project.stack.pulumi("preview");
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /missing-image/);
    await project.stack.up();
    for (const service of ["web", "worker"])
      assert.equal((await project.stack.exec(service, "cat", "/built")).output, "built\n", service);
    await assertNoChanges(project.stack);
  } finally {
    await project.remove();
  }
});
