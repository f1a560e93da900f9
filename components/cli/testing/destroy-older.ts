import type { Program } from "../program.ts";
import { mustConfirm } from "../init/terminal.ts";
import { lockedBy } from "../locked.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { stackLocks } from "../stack-locks.ts";
import { madeStacks } from "./like.ts";
import { takeDown } from "./take-down.ts";

/** How long ago, in words and in milliseconds. */
export interface Age {
  readonly words: string;
  readonly milliseconds: number;
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @returns `undefined` for what is no age: `7d`, `12h` and `30m` are. */
export function ageOf(text: string): Age | undefined {
  const [, number, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return { words: text, milliseconds: Number(number) * units[unit as keyof typeof units] };
}

/**
 * Takes down the stacks of a program that were made by `up --like` and have not been updated for a while, with their data,
 * and forgets them. Every other stack stays, however old it is.
 *
 * @param only The one stack that is meant. Default: all of them.
 * @returns An exit code: 1 where a stack stays because somebody is at work on it, or because something of it is left.
 */
export async function destroyOlder(
  program: Program,
  { age, only, asks }: { readonly age: Age; readonly only: string | undefined; readonly asks: boolean },
): Promise<number> {
  const all = await madeStacks({ program });
  const old = all
    .filter(({ name, at }) => (only ?? name) === name && Date.now() - at >= age.milliseconds)
    .map(({ name }) => name);
  if (old.length === 0) {
    console.log(`No stack that was made by up --like is older than ${age.words}.`);
    return 0;
  }
  if (asks) {
    await mustConfirm(`Remove the stacks ${old.join(", ")} with all data, for good?`, "--yes does not ask.");
  }
  let code = 0;
  for (const stack of old) {
    try {
      const target = { program, stack };
      const held = ((await stackLocks(target)) ?? []).filter(({ dead }) => !dead);
      if (held.length > 0) throw lockedBy(held, target);
      await takeDown(target);
      console.log(`Removed the stack ${stack} with its data.`);
    } catch (error) {
      if (!(error instanceof NeedsAttention)) throw error;
      console.error(`${error.message}\n→ ${error.advice}`);
      code = 1;
    }
  }
  return code;
}
