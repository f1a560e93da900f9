import type { ContainerInspectInfo } from "dockerode";
import { engineClock } from "../../engine/clock.ts";
import { composeContainersOf, inspectContainers } from "../../engine/inventory.ts";
import { readinessAmong } from "../../engine/project-readiness.ts";
import { knownTo } from "../../local/stack-state.ts";
import { startTimes } from "../../local/start-times.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../target.ts";
import { seenIn } from "../drifted.ts";
import { stackLocks } from "../stack-locks.ts";
import { addressesIn, containersIn, tiersIn, type State } from "../stack-state.ts";
import { compare, type StackStatus } from "./compare.ts";

/**
 * What a stack should be, by its state, beside what the engine has of the stack.
 *
 * @param looks What is seen of what the state has. Default: what differs from the notes of the last `up`.
 */
export async function statusBy(
  target: Target,
  state: State | undefined,
  looks = seenIn(target, state),
): Promise<StackStatus> {
  const { program, stack } = target;
  const project = projectName(program.name, stack);
  const [containers, seen, locks, clock] = await Promise.all([
    containersNow(project),
    looks,
    stackLocks(target),
    engineClock(),
  ]);
  // What is unhealthy is unhealthy: nobody has mended anything just now.
  const moment = { since: new Date(0), now: clock.now() };
  const readiness = readinessAmong(containers, moment);
  return compare({
    stack,
    project,
    expected: containersIn(state),
    known: knownTo(state?.deployment ?? {}).containers,
    found: containers.flatMap((container, index) => {
      const verdict = readiness[index]?.verdict;
      return verdict === undefined ? [] : [{ container, verdict }];
    }),
    seen,
    tiers: tiersIn(state),
    addresses: addressesIn(state),
    starts: startTimes(project, program.directory),
    update: locks?.find(({ dead }) => !dead)?.heldBy,
    lastUp: state?.deployment.manifest?.time,
  });
}

/** The same of a stack where all is ready, and looks as the last `up` from here has left it; `undefined` of any other. */
export async function settledStatus(
  target: Target,
  state: State | undefined,
): Promise<StackStatus | undefined> {
  // Both look at the same containers at once, and the engine is asked once.
  const looks = seenIn(target, state);
  const [seen, status] = await Promise.all([looks, statusBy(target, state, looks)]);
  return status.ok && seen.every(({ is }) => is === "same") ? status : undefined;
}

/** Whoever made them; what `run` has left is no part of a stack. */
async function containersNow(project: string): Promise<ContainerInspectInfo[]> {
  const listed = (await composeContainersOf(project)).filter(
    ({ Labels: labels }) => labels["com.docker.compose.oneoff"] !== "True",
  );
  return inspectContainers(listed);
}
