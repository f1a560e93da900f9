import type { OpenedConfig } from "../local/opened-config.ts";

/** What a program is rehearsed with; the program's secrets are among it, so that it goes over no command line. */
export interface Stage extends OpenedConfig {
  /** The program as Pulumi.yaml names it, in the present folder. */
  readonly main: string;
  readonly project: string;
  readonly stack: string;
  /** File of the stack's state. */
  readonly stateFile: string;
  /** What opens the secrets of the stack's file, and those of a state that has the same salt. */
  readonly opener?: { readonly salt: string; readonly key: string };
}

/** What came of a rehearsal: what an update would change first, or that an update would change nothing. */
export type Rehearsed = { readonly differs: string } | Unchanging;

export interface Unchanging {
  readonly differs?: never;
  /** What the program has said, in its order. */
  readonly said: readonly Said[];
  /** How many resources the program registers. */
  readonly resources: number;
}

export interface Said {
  readonly severity: "info" | "warning";
  readonly words: string;
}
