/*
 * A program of its own, started by `guard.ts` beside a program that takes something from containers. It reads what was
 * taken, and what need not be given back any more. When the other program ends in whatever way, also by SIGKILL, the pipe
 * between the two closes. What is then still taken is given back.
 */
import { createInterface } from "node:readline";
import type { Taken } from "./hand-over.ts";

/** A line of the pipe. */
export type Note = { readonly taken: Taken } | { readonly kept: Taken };

const open = new Map<string, Taken>();
for await (const line of createInterface({ input: process.stdin })) {
  const note = JSON.parse(line) as Note;
  if ("taken" in note) open.set(JSON.stringify(note.taken), note.taken);
  else open.delete(JSON.stringify(note.kept));
}
if (open.size > 0) {
  // Loaded only when there is something to do: mostly there is not.
  const { giveBack } = await import("./hand-over.ts");
  // Nobody is left to be told. The next update mends what the engine refuses now.
  await Promise.allSettled([...open.values()].map(giveBack));
}
