import assert from "node:assert/strict";
import { test } from "node:test";
import { assertReadable } from "../fixture/output.ts";
import { Case } from "./case.ts";

test("failed-gate is told once, in the gate's own words", async () => {
  const project = await Case.create("failed-gate");
  try {
    const { code, output } = await project.stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assert.match(output, /error: db exited with code 3/);
  } finally {
    await project.remove();
  }
});
