import { servicesInSwarm, type StackService, type StackTask } from "../../engine/tasks.ts";
import { projectLabel } from "../../plan/package-names.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../choose-stack.ts";
import { stackLocks } from "../stack-locks.ts";
import { readState, servicesIn, type KnownService } from "../stack-state.ts";
import { table } from "../table.ts";
import { problemsOf } from "./screen.ts";

/** What a stack in a swarm should be beside what is, as `status --json` prints it. */
export interface SwarmStatus {
  readonly stack: string;
  /** Compose project name. */
  readonly project: string;
  /** Whether everything is there and ready, as the last `up` left it. */
  readonly ok: boolean;
  /** When an update of the stack last ended or came further; `null` where there was none. */
  readonly last_up: string | null;
  /** Who is changing the stack at present, in words; `null` for nobody, and where the backend does not tell. */
  readonly update: string | null;
  /** By service and by node. */
  readonly tasks: readonly ({ readonly service: string } & StackTask)[];
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

/** What a stack should be, by its state, beside what a manager tells. */
export async function swarmStatusOf(target: Target): Promise<SwarmStatus> {
  const { program, stack } = target;
  const project = projectName(program.name, stack);
  const state = await readState(target);
  const [services, locks] = await Promise.all([
    servicesInSwarm(`${projectLabel}=${project}`, "com.docker.compose.service"),
    stackLocks(target),
  ]);
  const problems = problemsInSwarm(servicesIn(state), services);
  return {
    ...{ stack, project, ok: problems.length === 0 },
    last_up: state?.deployment.manifest?.time ?? null,
    update: locks?.find(({ dead }) => !dead)?.heldBy ?? null,
    tasks: services.flatMap(({ service, tasks }) => tasks.map((task) => ({ service, ...task }))),
    problems,
  };
}

/** What is not as the last `up` left it, a sentence each. */
export function problemsInSwarm(
  expected: readonly KnownService[],
  services: readonly StackService[],
): string[] {
  const inOrder = expected.toSorted((one, other) => one.service.localeCompare(other.service));
  const known = inOrder.flatMap(({ service, tasks }) => {
    const seen = services.find(({ service: name }) => name === service);
    return seen === undefined ? [`${service} is missing`] : problemsWith(seen, tasks);
  });
  const foreign = services.filter(({ service }) => !expected.some(({ service: name }) => name === service));
  return [...known, ...foreign.map(({ service }) => `${service} is not of this state`)];
}

function problemsWith({ service, wanted, isJob, update, tasks }: StackService, known: number): string[] {
  if (isJob) return tasks.some(({ state }) => state === "complete") ? [] : [`${service} has not completed`];
  const running = tasks.filter(({ state }) => state === "running").length;
  const all = wanted ?? tasks.filter(({ state }) => state !== "complete").length;
  const why = tasks.find(({ state, error }) => state !== "running" && error !== "")?.error;
  const { state = "", message = "" } = update ?? {};
  return [
    ...(wanted === undefined || wanted === known
      ? []
      : [`${service} was scaled ${known} → ${wanted} since the last up`]),
    ...(running >= all
      ? []
      : [`${service} has ${running} of ${all} containers running${why === undefined ? "" : `: ${why}`}`]),
    ...(state.startsWith("rollback") ? [`${service}: the swarm took the last update back: ${message}`] : []),
    ...(state === "paused" ? [`${service}: its update was paused: ${message}`] : []),
  ];
}

/**
 * A status for people: a line a container.
 *
 * @param up What brings the stack up again.
 */
export function swarmScreenOf({ tasks, problems, update }: SwarmStatus, up: string): string {
  return [
    table([
      ["SERVICE", "NODE", "STATE", "WHY"],
      ...tasks.map(({ service, node, state, error }) => [service, node, state, error]),
    ]),
    ...(update === null ? [] : [`An update is under way: ${update}`]),
    ...problemsOf(problems, up),
  ].join("\n\n");
}
