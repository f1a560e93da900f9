/** What a program is rehearsed with; the program's secrets are among it, so that it goes over no command line. */
export interface Stage {
  /** The program as Pulumi.yaml names it, in the present folder. */
  readonly main: string;
  readonly project: string;
  readonly stack: string;
  /** The stack's config by its full keys, as Pulumi gives it to a program. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  /** File of the stack's state. */
  readonly stateFile: string;
}

/** What came of a rehearsal. */
export interface Rehearsed {
  /** What an update would change first; absent where it would change nothing. */
  readonly differs?: string;
  /** What the program has said meanwhile, in its order. */
  readonly said: readonly Said[];
  /** How many resources the program registers. */
  readonly resources: number;
}

export interface Said {
  readonly severity: "info" | "warning";
  readonly words: string;
}
