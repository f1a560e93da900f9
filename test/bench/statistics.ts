/** Of one side's runs. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What the numbers of a measure are. */
export type Unit = "s" | "MB";

/** What is measured, and how it is to come out. */
export interface Measure {
  readonly name: string;
  /** What it is in words. */
  readonly title: string;
  /** The peer's command; absent where the aim is no ratio. */
  readonly peer?: string;
  /** The most that is aimed at: of ours by the peer's, or where there is none, of ours itself. */
  readonly aim: number;
  readonly unit: Unit;
}

/** What came out, run by run; requests that failed meanwhile, where some were made. */
export interface Runs {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
  readonly lost?: { readonly ours: readonly Lost[]; readonly peer: readonly Lost[] };
}

export interface Lost {
  readonly requests: number;
  readonly failed: number;
}

export interface Outcome {
  readonly ours: Summary;
  readonly peer?: Summary;
  /** The medians' ratio, or our median where there is no peer: what the aim is about. */
  readonly reached: number;
  readonly met: boolean;
  /** How far it is beyond the aim, as a part of the aim; 0 where it is met. */
  readonly beyond: number;
}

/** @param values At least one. */
export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  return { median: (lower + upper) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

export function outcome({ aim }: Measure, runs: Runs): Outcome {
  const ours = summary(runs.ours);
  const peer = runs.peer.length === 0 ? undefined : summary(runs.peer);
  const reached = peer === undefined ? ours.median : ours.median / peer.median;
  const met = reached <= aim && (runs.lost?.ours ?? []).every(({ failed }) => failed === 0);
  return {
    ours,
    ...(peer === undefined ? {} : { peer }),
    reached,
    met,
    beyond: Math.max(0, reached / aim - 1),
  };
}

/** What all runs of a side lost together. */
export function lostBy(runs: readonly Lost[]): Lost {
  const sum = (part: (lost: Lost) => number) => runs.reduce((total, lost) => total + part(lost), 0);
  return { requests: sum(({ requests }) => requests), failed: sum(({ failed }) => failed) };
}
