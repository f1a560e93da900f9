import type { Program } from "./program.ts";

/** A stack of a program: what a command works on. */
export interface Target {
  readonly program: Program;
  readonly stack: string;
}
