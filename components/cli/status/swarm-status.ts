import {
  stackInSwarm,
  type StackService,
  type StackTask,
  type SwarmNode,
} from "../../engine/stack-in-swarm.ts";
import { changedByHand } from "../../local/service-looks.ts";
import { projectLabel } from "../../plan/package-names.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../target.ts";
import { stackLocks } from "../stack-locks.ts";
import {
  addressesIn,
  readState,
  servicesIn,
  tiersIn,
  type KnownService,
  type State,
} from "../stack-state.ts";
import { byTier, type ContainerStatus } from "./compare.ts";

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
  /** Tier by tier. */
  readonly services: readonly SwarmServiceStatus[];
  /** Tier by tier, by service and by node. */
  readonly tasks: readonly TaskStatus[];
  /** All nodes of the swarm. */
  readonly nodes: readonly SwarmNode[];
  /** What is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

interface SwarmServiceStatus {
  readonly tier: string;
  readonly service: string;
  /** Whether its containers run once. */
  readonly job: boolean;
  readonly running: number;
  readonly wanted: number;
  readonly ok: boolean;
}

/** A container of a swarm, which the swarm calls a task; or one that is missing because its whole service is. */
export interface TaskStatus extends Pick<
  ContainerStatus,
  "tier" | "service" | "container" | "state" | "since" | "changed" | "revision" | "ports" | "url" | "problem"
> {
  /** The task's; `null` for a service that is missing. */
  readonly id: string | null;
  readonly node: string;
  /** What the node says is wrong. */
  readonly error: string;
}

/** What a stack should be, by its state, beside what a manager tells. */
export async function swarmStatusOf(target: Target): Promise<SwarmStatus> {
  return swarmStatusBy(target, await readState(target));
}

/** The same, by a state that was read already. */
export async function swarmStatusBy(target: Target, state: State | undefined): Promise<SwarmStatus> {
  const { program, stack } = target;
  const project = projectName(program.name, stack);
  const [{ services, nodes }, locks] = await Promise.all([
    stackInSwarm(`${projectLabel}=${project}`),
    stackLocks(target),
  ]);
  const expected = servicesIn(state);
  const update = locks?.find(({ dead }) => !dead)?.heldBy ?? null;
  const changed = changedByHand(project, services, program.directory);
  const known = { expected, changed, isUpdating: update !== null };
  const problems = problemsInSwarm(services, known);
  const addresses = addressesIn(state);
  const missing = expected.filter(({ service }) => !services.some(({ service: name }) => name === service));
  const order = byTier(tiersIn(state));
  return {
    ...{ stack, project, ok: problems.length === 0 },
    last_up: state?.deployment.manifest?.time ?? null,
    update,
    services: [
      ...services.map((seen) => ({
        ...{ tier: seen.tier, service: seen.service, job: seen.isJob },
        ...{ running: runningOf(seen), wanted: wantedOf(seen) },
        ok: problemsOfService(seen, known).length === 0,
      })),
      ...missing.map(({ tier, service, tasks }) => ({
        ...{ tier, service, job: false, running: 0, wanted: tasks, ok: false },
      })),
    ].sort(order),
    tasks: [
      ...services.flatMap((service) =>
        service.tasks.map((task) => taskStatusOf(task, service, addresses[service.service] ?? null)),
      ),
      ...missing.map((service) => statusOfMissing(service, addresses[service.service] ?? null)),
    ].sort(order),
    nodes,
    problems,
  };
}

function taskStatusOf(
  { id, name, node, state, error, since, isCurrent, ports }: StackTask,
  { tier, service, changed, revision }: StackService,
  url: string | null,
): TaskStatus {
  return {
    ...{ id, tier, service, container: name, node, state, error, since, ports, url },
    changed: changed ?? null,
    // What an update is about to replace is of a revision that nobody knows any more.
    revision: isCurrent ? (revision ?? null) : null,
    problem: problemOfTask(state, error),
  };
}

function problemOfTask(state: string, error: string): string | null {
  if (state === "running" || state === "complete") return null;
  const why = error === "" ? "" : `: ${error}`;
  const hasEnded = ["failed", "rejected", "shutdown", "orphaned", "remove"].includes(state);
  return hasEnded ? `is ${state}${why}` : `is not ready: it is ${state}${why}`;
}

function statusOfMissing({ tier, service }: KnownService, url: string | null): TaskStatus {
  return {
    ...{ id: null, tier, service, container: service, node: "-", state: "missing", error: "" },
    ...{ since: null, changed: null, revision: null, ports: {}, url, problem: "is missing" },
  };
}

/** What is known of a stack in a swarm beside what a manager tells. */
export interface Known {
  /** By the state. */
  readonly expected: readonly KnownService[];
  /** The services that somebody has changed by hand since this checkout's last `up`. */
  readonly changed: readonly string[];
  /** Whether somebody changes the stack just now: what an update makes is not in the state yet. */
  readonly isUpdating: boolean;
}

/** What is not as the last `up` left it, a sentence each. */
export function problemsInSwarm(services: readonly StackService[], known: Known): string[] {
  const missing = known.expected.filter(
    ({ service }) => !services.some(({ service: name }) => name === service),
  );
  return [
    ...missing.map(({ service }) => ({ service, said: [`${service} is missing`] })),
    ...services.map((seen) => ({ service: seen.service, said: problemsOfService(seen, known) })),
  ]
    .sort((one, other) => one.service.localeCompare(other.service))
    .flatMap(({ said }) => said);
}

function runningOf({ tasks }: StackService): number {
  return tasks.filter(({ state }) => state === "running").length;
}

/** How many containers are to run; of a service that has one on each node, as many as there are. */
function wantedOf({ wanted, tasks }: StackService): number {
  return wanted ?? tasks.filter(({ state }) => state !== "complete").length;
}

function problemsOfService(seen: StackService, { expected, changed, isUpdating }: Known): string[] {
  const { service, wanted, isJob, update, tasks } = seen;
  const known = expected.find(({ service: name }) => name === service);
  // Of one name there is one service in a swarm: another one has taken the place of the stack's own.
  if (known === undefined || (known.id !== undefined && known.id !== seen.id))
    return isUpdating ? [] : [`${service} is not of this state: another checkout, or a person, has made it`];
  if (isJob) return tasks.some(({ state }) => state === "complete") ? [] : [`${service} has not completed`];
  const [running, all] = [runningOf(seen), wantedOf(seen)];
  const why = tasks.find(({ state, error }) => state !== "running" && error !== "")?.error;
  const { state = "", message = "" } = update ?? {};
  // The swarm tells of it until the next update of the service, which never comes where the definitions were put back.
  const isAsWanted = known.revision !== undefined && known.revision === seen.revision;
  return [
    ...(wanted === undefined || wanted === known.tasks
      ? []
      : [`${service} was scaled ${known.tasks} → ${wanted} since the last up`]),
    ...(changed.includes(service) && !isUpdating ? [`${service} was changed since the last up`] : []),
    ...(running >= all
      ? []
      : [`${service} has ${running} of ${all} containers running${why === undefined ? "" : `: ${why}`}`]),
    ...(state.startsWith("rollback") && !isAsWanted
      ? [`${service}: the swarm took the last update back: ${message}`]
      : []),
    ...(state === "paused" ? [`${service}: its update was paused: ${message}`] : []),
  ];
}
