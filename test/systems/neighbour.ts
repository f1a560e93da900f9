import assert from "node:assert/strict";
import { TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { containerIds, inspectContainer, leftOf } from "../fixture/docker.ts";

/**
 * The systems come up, are changed and go beside a stack of Super Agent Team on the same engine, which must not
 * notice: Node.js' test runner calls these before the first and after the last of their tests.
 */
let stack: TestStack;
let before: Readonly<Record<string, string>>;

export async function globalSetup(): Promise<void> {
  console.log("Super Agent Team's test stack comes up, to run beside the systems");
  stack = await TestStack.create();
  await stack.up();
  before = await containerIds(stack.project);
}

export async function globalTeardown(): Promise<void> {
  try {
    assert.deepEqual(await containerIds(stack.project), before, "a container was made anew, or is gone");
    for (const [service, id] of Object.entries(before)) {
      assert.equal((await inspectContainer(id)).RestartCount, 0, `${service} was restarted`);
      await until(`${service} is healthy`, async () => {
        const { Health: health } = (await inspectContainer(id)).State;
        return health === undefined || health.Status === "healthy";
      });
    }
  } finally {
    await stack.down();
  }
  assert.deepEqual(await leftOf(stack.project), []);
}
