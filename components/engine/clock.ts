import { machineOfEngine } from "./machine.ts";

/** The engine's clock, which may differ from this machine's. */
export interface EngineClock {
  /** When the program first asked. A container that ended before then ended before this `up`. */
  readonly start: Date;
  now(): Date;
}

let clock: Promise<EngineClock> | undefined;

/** Reads the engine's clock once, and then counts on with this machine's clock. */
export function engineClock(): Promise<EngineClock> {
  clock ??= read();
  return clock;
}

async function read(): Promise<EngineClock> {
  const { clock: start } = await machineOfEngine();
  const offset = start.getTime() - Date.now();
  return { start, now: () => new Date(Date.now() + offset) };
}
