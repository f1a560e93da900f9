import { engineClock } from "../../engine/clock.ts";
import { followEvents, followSwarmEvents } from "../../engine/events.ts";
import { stackInSwarm } from "../../engine/stack-in-swarm.ts";
import { projectLabel } from "../../plan/package-names.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../target.ts";
import { readState, type State } from "../stack-state.ts";
import { isOnSwarm } from "../swarm.ts";
import { currentStatusBy, type CurrentStatus } from "./current.ts";

/**
 * Resolves when something of a stack has changed.
 *
 * @param within Milliseconds after which the promise resolves without a change.
 */
type Changed = (within: number) => Promise<void>;

/**
 * Looks at a stack whenever a container of it has changed. Never ends by itself.
 *
 * @param quiet Milliseconds after which the stack is looked at again where nothing has changed.
 */
export async function followStack(
  target: Target,
  quiet: number,
  look: (status: CurrentStatus, state: State | undefined) => Promise<void>,
): Promise<never> {
  const project = projectName(target.program.name, target.stack);
  const changed = await (isOnSwarm(target) ? changesInSwarm(project) : changesOnEngine(project));
  for (;;) {
    const state = await readState(target);
    await look(await currentStatusBy(target, state), state);
    await changed(quiet);
  }
}

async function changesOnEngine(project: string): Promise<Changed> {
  const { start } = await engineClock();
  const events = await followEvents({ label: [`com.docker.compose.project=${project}`] }, start, false);
  return (within) => events.next(within);
}

/** Milliseconds between two looks at the tasks of a swarm. */
const pause = 1_000;

/**
 * A manager sends events of services and nodes: these are looked at at once. It sends none of tasks, and those of their
 * containers stay on the nodes, which nobody else may reach. So the manager is asked for the tasks each second: three lists
 * from its memory, filtered by the project. The state, which may be far away, is read only where the answer is another one.
 */
async function changesInSwarm(project: string): Promise<Changed> {
  const { start } = await engineClock();
  const events = await followSwarmEvents(start);
  const seen = async () => JSON.stringify(await stackInSwarm(`${projectLabel}=${project}`));
  let last = await seen();
  return async (within) => {
    const end = Date.now() + within;
    let now = last;
    while (now === last && Date.now() < end) {
      await events.next(pause);
      now = await seen();
    }
    last = now;
  };
}
