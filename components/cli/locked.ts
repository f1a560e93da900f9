import { commandFor } from "../local/command-for.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { stackLocks, type StackLock } from "./stack-locks.ts";

/** That somebody else is at work on a stack, and who. */
export function lockedBy(locks: readonly StackLock[], { program, stack }: Target): NeedsAttention {
  const elsewhere = locks.some(({ holder }) => holder === undefined);
  const breakLock = commandFor(program.directory, stack, "up", "--break-lock");
  return new NeedsAttention(
    `the stack ${stack} is locked by ${holdersOf(locks)}`,
    "Nothing was touched. Wait for it to end, or press Ctrl-C where it runs." +
      (elsewhere ? ` If you know that it is dead: ${breakLock}` : ""),
  );
}

/** After a Pulumi that failed: who holds the lock on the stack, or what clears the lock of one that was killed. */
export async function tellLock(target: Target): Promise<void> {
  const locks = (await stackLocks(target)) ?? [];
  const held = locks.filter(({ dead }) => !dead);
  if (held.length > 0) throw lockedBy(held, target);
  if (locks.length === 0) return;
  const { program, stack } = target;
  console.error(
    `The stack ${stack} is locked by ${holdersOf(locks)}, which was killed.\n` +
      `→ ${commandFor(program.directory, stack, "up")} clears up after it, and brings the stack up`,
  );
}

function holdersOf(locks: readonly StackLock[]): string {
  return locks.map(({ heldBy }) => heldBy).join(" and by ");
}
