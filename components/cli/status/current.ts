import { engineClock } from "../../engine/clock.ts";
import { commandFor } from "../../local/command-for.ts";
import type { Target } from "../target.ts";
import { noteLooks } from "../drifted.ts";
import { readState, type State } from "../stack-state.ts";
import { isOnSwarm } from "../swarm.ts";
import type { StackStatus } from "./compare.ts";
import { screenOf } from "./screen.ts";
import { statusBy } from "./stack-status.ts";
import { swarmStatusBy, type SwarmStatus } from "./swarm-status.ts";

/** What should be of a stack beside what is, wherever the stack is. */
export type CurrentStatus = StackStatus | SwarmStatus;

export async function currentStatus(target: Target): Promise<CurrentStatus> {
  return currentStatusBy(target, await readState(target));
}

/** The same, by a state that was read already. */
export async function currentStatusBy(target: Target, state: State | undefined): Promise<CurrentStatus> {
  return isOnSwarm(target) ? swarmStatusBy(target, state) : statusBy(target, state);
}

/** The same after an `up` that went well. How everything looks on an engine by now is noted for the next one. */
export async function statusAfterUp(target: Target): Promise<CurrentStatus> {
  const state = await readState(target);
  return isOnSwarm(target) ? swarmStatusBy(target, state) : statusBy(target, state, noteLooks(target, state));
}

/** A status for people, as wide as their terminal. */
export async function shownStatus(status: CurrentStatus, { program, stack }: Target): Promise<string> {
  const up = commandFor(program.directory, stack, "up");
  const [rows, place] =
    "tasks" in status ? [status.tasks, "in the swarm"] : [status.containers, "on the engine"];
  if (rows.length === 0 && status.problems.length === 0)
    return `Nothing of the stack ${stack} of ${program.name} is ${place}. Bring it up: ${up}`;
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return screenOf(status, { now: (await engineClock()).now(), width, up });
}
