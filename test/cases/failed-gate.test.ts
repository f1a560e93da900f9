import assert from "node:assert/strict";
import { test } from "node:test";
import { assertReadable } from "../fixture/output.ts";
import { Case } from "./case.ts";

test("failed-gate is told once, in the gate's own words, without a secret or a colour", async () => {
  const project = await Case.create("failed-gate", {
    environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own" },
  });
  try {
    const { stack } = project;
    await stack.pulumi("config", "set", "--secret", "dbPassword", "correct-horse-battery");
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0, output);
    assertReadable(output);
    assert.match(output, /error: db exited with code 3/);
    assert.match(output, /no such disk for \[secret\], \[secret\], \[secret\]/);
    assert.ok(!output.includes("\u001b"), output);
  } finally {
    await project.remove();
  }
});
