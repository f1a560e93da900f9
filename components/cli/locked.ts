import { pulumiFor } from "../local/pulumi-for.ts";
import { NeedsAttention } from "./needs-attention.mjs";
import type { Project } from "./project.mjs";
import type { StackLock } from "./stack-locks.ts";

/** That somebody else is at work on a stack, and who. */
export function lockedBy(locks: readonly StackLock[], project: Project, stack: string): NeedsAttention {
  const elsewhere = locks.some(({ holder }) => holder === undefined);
  return new NeedsAttention(
    `the stack ${stack} is locked by ${locks.map(({ heldBy }) => heldBy).join(" and by ")}`,
    "Nothing was touched. Wait for it to end, or press Ctrl-C where it runs." +
      (elsewhere ? ` If you know that it is dead: ${pulumiFor(project, stack, "cancel")}` : ""),
  );
}
