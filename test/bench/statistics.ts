/** One run of one side, from a command's start to its end. */
export interface Run {
  readonly seconds: number;
  /** The machine's load of the last minute when the run began; absent where nobody noted it. */
  readonly load?: number;
  /** The most memory that the program had. */
  readonly megabytes?: number;
  /** Requests that were sent meanwhile. */
  readonly requests?: Requests;
  /** Gates that failed. */
  readonly failed?: number;
}

export interface Requests {
  readonly sent: number;
  readonly lost: number;
}

/** What came out of a measure, run by run, with where and when. */
export interface Figures {
  /** `2026-11-28` */
  readonly date: string;
  /** Processors, versions. */
  readonly machine: string;
  /** How often either side was measured. */
  readonly pairs: number;
  /** What was typed on either side. */
  readonly typed: { readonly ours: string; readonly peer?: string };
  readonly ours: readonly Run[];
  /** Empty where there is nothing to compare with. */
  readonly peer: readonly Run[];
  /** `pulumi preview` of a program that describes nothing, once in each pair. */
  readonly empty: readonly Run[];
}

/**
 * The most that something may be: our median by the peer's (`ratio`), our median beyond the peer's (`beyond`, in seconds),
 * our median (`seconds`, `megabytes`), or the sum of all runs (`lost` requests, `failed` gates).
 */
export interface Aim {
  readonly of: "ratio" | "beyond" | "seconds" | "megabytes" | "lost" | "failed";
  readonly most: number;
}

/** What became of an aim. */
export interface Outcome {
  readonly aim: Aim;
  readonly reached: number;
  readonly met: boolean;
}

/** The middle one of the values, or the mean of the two in the middle; `undefined` of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

export function medianSeconds(runs: readonly Run[]): number | undefined {
  return median(runs.map(({ seconds }) => seconds));
}

/** Our median by another one; `undefined` where either side has no run. */
export function ratio(ours: readonly Run[], other: readonly Run[]): number | undefined {
  const [one, two] = [medianSeconds(ours), medianSeconds(other)];
  return one === undefined || two === undefined ? undefined : one / two;
}

/** What all runs of a side sent and lost together; `undefined` where no requests were sent. */
export function requestsOf(runs: readonly Run[]): Requests | undefined {
  const all = runs.flatMap(({ requests }) => requests ?? []);
  if (all.length === 0) return undefined;
  return { sent: sum(all.map(({ sent }) => sent)), lost: sum(all.map(({ lost }) => lost)) };
}

/** What became of each aim; one of which nothing was measured is left out. */
export function outcomes(aims: readonly Aim[], figures: Figures): Outcome[] {
  return aims.flatMap((aim) => {
    const reached = reachedOf(aim, figures);
    return reached === undefined ? [] : [{ aim, reached, met: reached <= aim.most }];
  });
}

function reachedOf({ of }: Aim, { ours, peer }: Figures): number | undefined {
  if (of === "ratio") return ratio(ours, peer);
  if (of === "seconds") return medianSeconds(ours);
  if (of === "megabytes") return median(ours.flatMap(({ megabytes }) => megabytes ?? []));
  if (of === "lost") return requestsOf(ours)?.lost;
  if (of === "beyond") {
    const [one, two] = [medianSeconds(ours), medianSeconds(peer)];
    return one === undefined || two === undefined ? undefined : one - two;
  }
  const failed = ours.flatMap((run) => run.failed ?? []);
  return failed.length === 0 ? undefined : sum(failed);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
