import assert from "node:assert/strict";
import { test } from "node:test";
import { Case } from "./case.ts";

test("a preview of a job that has a whole system mounted ends, and says what is not looked at", async () => {
  const project = await Case.create("job-with-a-large-bind-mount", { engine: false });
  try {
    const { code, output } = await project.stack.pulumi("preview");
    assert.equal(code, 0, output);
    for (const [service, folder] of [
      ["usr", "/usr"],
      ["proc", "/proc"],
    ] as const)
      assert.match(
        output,
        new RegExp(
          `services\\.${service}\\.volumes\\.0: \`${folder}\` has more than .* \\[large-job-mount\\]`,
        ),
      );
  } finally {
    await project.remove();
  }
});
