import { TestStack } from "../fixture/stack.ts";

/** A test that has no time to clear up: it is killed while its stack comes up. */
const stack = await TestStack.create({ settings: { generatedFile: "" } });
console.log(stack.name);
await stack.up();
