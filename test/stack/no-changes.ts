import assert from "node:assert/strict";
import type { TestStack } from "../fixture/stack.ts";

/** What is up is what the stack says, and still is when the engine has been asked. */
export async function assertNothingToChange(stack: TestStack): Promise<void> {
  const fresh = await stack.pulumi("preview", "--expect-no-changes", "--diff");
  assert.equal(fresh.code, 0, fresh.output);
  const refresh = await stack.pulumi("refresh", "--yes", "--skip-preview");
  assert.equal(refresh.code, 0, refresh.output);
  const refreshed = await stack.pulumi("preview", "--expect-no-changes", "--diff");
  assert.equal(refreshed.code, 0, refreshed.output);
}
