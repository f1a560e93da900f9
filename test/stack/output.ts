import assert from "node:assert/strict";

/** A mistake as a preview shows it: a paragraph with a line for where, what and what to do. */
export interface ShownMistake {
  /** `<file>: <key>` */
  readonly place: string;
  readonly message: string;
  readonly fix: string;
}

/** The mistakes that a preview shows, in their order. */
export function mistakesIn(output: string): ShownMistake[] {
  return [...output.matchAll(/^ *(\S.*)\n +(\S.*)\n +→ (.*)$/gm)].map(
    ([, place = "", message = "", fix = ""]) => ({ place, message, fix }),
  );
}

/** An error is for people: what went wrong and where in their files, not where in the program. */
export function assertReadable(output: string): void {
  assert.doesNotMatch(output, /^\s+at .*:\d+/m, "a stack trace");
  assert.doesNotMatch(output, /unhandled|rejection|\[object Object\]|\bundefined\b|panic:/i);
}
