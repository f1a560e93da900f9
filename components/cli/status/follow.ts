import { engineClock } from "../../engine/clock.ts";
import { followEvents } from "../../engine/events.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../choose-stack.ts";
import { readState, type State } from "../stack-state.ts";
import type { StackStatus } from "./compare.ts";
import { statusBy } from "./stack-status.ts";

/**
 * Looks at a stack whenever the engine tells of a change of one of its containers. Never ends by itself.
 *
 * @param quiet Milliseconds after which the stack is looked at again where the engine has told of nothing.
 */
export async function followStack(
  target: Target,
  quiet: number,
  look: (status: StackStatus, state: State | undefined) => Promise<void>,
): Promise<never> {
  const project = projectName(target.program.name, target.stack);
  const { start } = await engineClock();
  const events = await followEvents({ label: [`com.docker.compose.project=${project}`] }, start, false);
  for (;;) {
    const state = await readState(target);
    await look(await statusBy(target, state), state);
    await events.next(quiet);
  }
}
