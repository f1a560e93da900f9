import { loadavg } from "node:os";
import { engineIsOnThisSystem } from "./address.ts";
import { engine } from "./engine.ts";

/** The machine that the engine runs on, as the engine told it when the program first asked. */
export interface Machine {
  readonly processors: number;
  /** Its clock at that moment. */
  readonly clock: Date;
}

let machine: Promise<Machine> | undefined;

/** Asks the engine once. */
export function machineOfEngine(): Promise<Machine> {
  machine ??= ask();
  return machine;
}

async function ask(): Promise<Machine> {
  const { SystemTime: time, NCPU: processors } = (await engine.info()) as {
    SystemTime: string;
    NCPU: number;
  };
  return { processors, clock: new Date(time) };
}

/**
 * Why the engine may not have started or finished a health check in time: words for a message, where more processes want to
 * run than the machine has processors. Of another machine the load is not known, and it may be busy.
 *
 * @returns `undefined` where the machine was not busy.
 */
export function whyBusy({ processors }: Machine): string | undefined {
  if (!engineIsOnThisSystem()) return "the engine did not finish its health checks in time";
  const [load = 0] = loadavg();
  if (load <= processors) return undefined;
  const told = `load ${Math.round(load)} on ${processors} processors`;
  return `the machine was too busy for the engine to finish its health checks in time (${told})`;
}
