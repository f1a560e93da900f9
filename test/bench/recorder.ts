import { loadavg } from "node:os";
import type { Finished } from "../fixture/command.ts";
import { TestStack } from "../fixture/stack.ts";
import { measures, type Measure, type MeasureName } from "./measures.ts";
import type { FiguresByName } from "./results.ts";
import type { Run } from "./statistics.ts";

type Side = "ours" | "peer";

/** What is noted of a run beside its time and the machine's load. */
type Further = Omit<Run, "seconds" | "load">;

interface Runs {
  readonly ours: Run[];
  readonly peer: Run[];
  readonly empty: Run[];
}

/** Takes the times of the measures that are wanted, and passes over those of all others. */
export class Recorder {
  readonly pairs: number;
  private readonly wanted: ReadonlySet<string>;
  private readonly taken = new Map<string, Runs>();
  private readonly program: TestStack;
  private empty: Run | undefined;

  private constructor(pairs: number, wanted: readonly MeasureName[], program: TestStack) {
    this.pairs = pairs;
    this.wanted = new Set(wanted);
    this.program = program;
  }

  static async create(pairs: number, wanted: readonly MeasureName[]): Promise<Recorder> {
    // What Pulumi takes for itself needs no engine.
    const program = await TestStack.create({ folder: "test/bench/empty", engine: false });
    return new Recorder(pairs, wanted, program);
  }

  async end(): Promise<void> {
    await this.program.down();
  }

  /** Whether one of these measures is wanted. */
  wants(...names: readonly MeasureName[]): boolean {
    return names.some((name) => this.wanted.has(name));
  }

  /**
   * Does the work so often, each time after a preview of a program that describes nothing: what Pulumi takes for itself on
   * this machine, as this machine is just then.
   */
  async inPairs(work: (pair: number) => Promise<void>): Promise<void> {
    for (let pair = 1; pair <= this.pairs; pair += 1) {
      const [load, start] = [loadOfMachine(), performance.now()];
      must("pulumi preview", await this.program.pulumi("preview"));
      this.empty = { seconds: secondsSince(start), load };
      await work(pair);
    }
  }

  /**
   * Takes the time of a command, for as many of these measures as are wanted.
   *
   * @param tell What else is to be noted of the run; asked when the time has been taken.
   */
  async timed(
    side: Side,
    names: readonly MeasureName[],
    run: () => Promise<Finished>,
    tell: (finished: Finished) => Further | Promise<Further> = (finished) => {
      must(names.join(), finished);
      return {};
    },
  ): Promise<void> {
    const [load, start] = [loadOfMachine(), performance.now()];
    const finished = await run();
    const seconds = secondsSince(start);
    this.take(side, names, { seconds, load, ...(await tell(finished)) });
  }

  /** Notes a run whose time was taken elsewhere. */
  take(side: Side, names: readonly MeasureName[], run: Run): void {
    for (const name of names) {
      if (!this.wants(name)) continue;
      const runs = this.taken.get(name) ?? { ours: [], peer: [], empty: [] };
      this.taken.set(name, runs);
      runs[side].push(run);
      if (side === "ours" && this.empty !== undefined) runs.empty.push(this.empty);
      const measure: Measure | undefined = measures.find((each) => each.name === name);
      const load = run.load === undefined ? "" : `, load ${run.load}`;
      console.log(
        `${name} ${runs[side].length}/${this.pairs}  ${run.seconds.toFixed(3)} s${load}  ${measure?.[side] ?? ""}`,
      );
    }
  }

  figures(date: string, machine: string): FiguresByName {
    return Object.fromEntries(
      measures.flatMap((measure: Measure) => {
        const runs = this.taken.get(measure.name);
        if (runs === undefined) return [];
        const { name, ours, peer } = measure;
        const typed = { ours, ...(peer === undefined ? {} : { peer }) };
        return [[name, { date, machine, pairs: this.pairs, typed, ...runs }]];
      }),
    );
  }
}

/** Of the last minute. */
export function loadOfMachine(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

export function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}

/** Stops the benchmark where a command failed: its time would say nothing. */
export function must(what: string, { code, output }: Finished): void {
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${output}`);
}
