import { rm } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { NeedsAttention } from "../needs-attention.ts";
import { programIn } from "../program.ts";
import { signals } from "../run.ts";
import { keep, logOf } from "./reaper.ts";
import { takeDown } from "./take-down.ts";

/**
 * `node reap.ts <folder of the program> <stack>`: when whoever has started it ends the pipe between them, or is dead,
 * takes the stack down; unless the last word was `keep`. What could not be removed stands in the log.
 */
const [, , directory = "", stack = ""] = process.argv;

for (const signal of signals) process.on(signal, () => undefined);
try {
  if ((await text(process.stdin)) !== keep) await takeDown({ program: programIn(directory), stack });
  await rm(logOf(stack));
} catch (error) {
  console.error(error instanceof NeedsAttention ? error.message : error);
  process.exitCode = 1;
}
