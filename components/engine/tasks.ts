import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "../findings/printable.ts";
import { engineClock } from "./clock.ts";
import { engine, messageOf } from "./engine.ts";
import { textOf } from "./frames.ts";
import { nodesInSwarm, type NodeSeen } from "./nodes.ts";
import { NotReady } from "./readiness.ts";

/** What a swarm's service has to become. */
export interface WantedService {
  /** Value of the label by which the plan's revision is known. */
  readonly revision: string;
  readonly label: string;
  /** The label, with its value, of all services and containers of the project. */
  readonly project: string;
  /** How many tasks are to run; `undefined` for one on each node. */
  readonly replicas: number | undefined;
  /** Whether the service is to end with exit code 0. */
  readonly isJob: boolean;
  /** Milliseconds after which the wait gives up. */
  readonly timeout: number;
}

/** A service as a manager tells of it, as far as it is read here. */
export interface ServiceSeen {
  readonly ID: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly TaskTemplate: object & {
      readonly RestartPolicy?: { readonly Condition?: string };
      readonly ForceUpdate?: number;
    };
    readonly EndpointSpec?: { readonly Ports?: readonly TaskPort[] | null };
    readonly Mode?: { readonly Replicated?: { readonly Replicas?: number } };
  };
  readonly Version?: { readonly Index: number };
  /** Of the last change of the service, also by the swarm itself. */
  readonly UpdatedAt?: string;
  readonly UpdateStatus?: { readonly State?: string; readonly StartedAt?: string; readonly Message?: string };
}

/** A task as a manager tells of it, as far as it is read here. */
export interface TaskSeen {
  readonly ID: string;
  readonly NodeID?: string;
  readonly Slot?: number;
  readonly CreatedAt: string;
  readonly DesiredState: string;
  readonly Spec: object;
  readonly Status: {
    readonly State: string;
    readonly Timestamp: string;
    readonly Message?: string;
    readonly Err?: string;
    readonly ContainerStatus?: { readonly ExitCode?: number; readonly ContainerID?: string };
    /** Of a task on a node, the ports that are published there. */
    readonly PortStatus?: { readonly Ports?: readonly TaskPort[] | null } | null;
  };
}

interface TaskPort {
  readonly Protocol: string;
  readonly TargetPort: number;
  readonly PublishedPort?: number;
}

/** The state of a wait for a swarm's service. */
export type TaskVerdict =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly detail: string }
  /** All containers run, and the swarm does not exchange those that have other ports than the service. */
  | { readonly state: "left" }
  | {
      readonly state: "failed";
      readonly reason: string;
      readonly advice?: string;
      /** The task whose log tells more. */
      readonly task?: string;
    };

/** A pending task with a reason is given this long: a node may be about to come back. Milliseconds. */
const patience = 10_000;
/** Why a node has no place for a task that it would have if another one ended. */
const crowded = /host-mode port already in use|insufficient resources|max replicas per node/;
/** Ended tasks of one revision after which no more are waited for. */
const mostEnded = 3;
const over: readonly string[] = ["complete", "failed", "rejected", "shutdown", "orphaned", "remove"];

/**
 * Whether a service has become what it has to be. Pure: judges what a manager answers.
 *
 * @param tasks All of the service.
 * @param waited Milliseconds of the wait so far.
 * @param quiet Milliseconds of the wait since a container of the project was last on its way out.
 */
export function judgeService(
  service: ServiceSeen,
  tasks: readonly TaskSeen[],
  wanted: WantedService,
  waited: number,
  quiet: number,
): TaskVerdict {
  const update = service.UpdateStatus?.State ?? "completed";
  const isOfPlan = isOfDefinition(service);
  const newest = tasks.toSorted((one, other) => other.CreatedAt.localeCompare(one.CreatedAt));
  if (service.Spec.Labels?.[wanted.label] !== wanted.revision) return rolledBack(service, newest);
  const current = newest.filter(isOfPlan);
  const ended = current.filter(({ Status: { State: state } }) =>
    ["failed", "rejected", "complete"].includes(state),
  );
  if (wanted.isJob) return judgeJob(current);
  const desired = current.filter(({ DesiredState: state }) => state === "running" || state === "ready");
  const running = desired.filter(({ Status: { State: state } }) => state === "running");
  const many = wanted.replicas ?? Math.max(desired.length, 1);
  if (update === "paused") {
    const why = newest.find((task) => isOfPlan(task) && hasFailed(task));
    return {
      ...{ state: "failed", reason: `its update was paused: ${service.UpdateStatus?.Message ?? ""}` },
      ...(why === undefined ? {} : { reason: `its update was paused: ${endOf(why)}`, task: why.ID }),
    };
  }
  const isUpdating = update === "updating" || update === "rollback_started";
  if (running.length >= many && !isUpdating)
    return { state: running.some((task) => hasOtherPorts(task, service)) ? "left" : "ready" };
  // An update that fails is taken back by the swarm, which counts the failures itself.
  const [last] = ended;
  if (last !== undefined && ended.length >= mostEnded && !isUpdating) {
    return { state: "failed", reason: `does not stay up: ${endOf(last)}`, task: last.ID };
  }
  const stuck = desired.find(
    ({ Status: { State: state, Err: error = "" } }) =>
      state === "pending" && error !== "" && (crowded.test(error) ? quiet : waited) > patience,
  );
  if (stuck !== undefined) {
    const why = stuck.Status.Err ?? "";
    const others =
      "see which container has the port on the node; a service that leaves the stack keeps its port until the end of an `up`: take it out in an `up` of its own";
    const advice = "see deploy.placement, deploy.resources.reservations and the ports, and docker node ls";
    return {
      state: "failed",
      reason: `no node can run it: ${why}`,
      advice: why.includes("host-mode port") ? others : advice,
    };
  }
  if (desired.length === 0 && many > 0 && waited > patience) {
    return {
      state: "failed",
      reason: "no node can run it: no node fits its constraints",
      advice: "see deploy.placement.constraints, and docker node ls",
    };
  }
  const behind = last === undefined ? "" : `; one ${endOf(last)}`;
  return { state: "waiting", detail: `until ${many} run (${running.length} do)${behind}` };
}

function judgeJob(current: readonly TaskSeen[]): TaskVerdict {
  const [task] = current;
  if (task === undefined) return { state: "waiting", detail: "to start" };
  const { State: state } = task.Status;
  if (state === "complete") return { state: "ready" };
  if (hasFailed(task)) return { state: "failed", reason: endOf(task), task: task.ID };
  return { state: "waiting", detail: "to complete" };
}

function rolledBack(
  { UpdateStatus: status, Spec: { TaskTemplate: template } }: ServiceSeen,
  newest: readonly TaskSeen[],
): TaskVerdict {
  const before = comparable(template);
  // The service has its earlier definition again, so the tasks of the new one are those that differ.
  const why = newest.find(
    (task) => comparable(task.Spec) !== before && (hasFailed(task) || task.Status.State === "complete"),
  );
  if (status?.State?.startsWith("rollback") === true) {
    const reason = why === undefined ? (status.Message ?? "") : `a new container ${endOf(why)}`;
    return {
      ...{ state: "failed", reason: `the swarm took the update back: ${reason}` },
      ...(why === undefined ? {} : { task: why.ID }),
      advice: "the containers of before serve on; correct the service, and run `up` again",
    };
  }
  return {
    state: "failed",
    reason: "is not what this stack's state says: somebody has changed the service",
    advice: "run `up` with --refresh",
  };
}

function hasFailed({ Status: { State: state } }: TaskSeen): boolean {
  return state === "failed" || state === "rejected";
}

/** How a task ended, for people. */
function endOf({ Status: status }: TaskSeen): string {
  const { State: state, Err: error = "", ContainerStatus: { ExitCode: code = 0 } = {} } = status;
  if (state === "rejected") return `was rejected: ${error}`;
  if (error.includes("unhealthy")) return "is unhealthy: its health check fails";
  if (code !== 0) return `exited with code ${code}`;
  // Asked to end because it is unhealthy, a container may do so in good order, and the swarm tells no reason.
  if (state === "complete") return "ended with exit code 0, by itself or because its health check failed";
  return `failed: ${error}`;
}

/**
 * Whether a task is of the definition that its service has now. Where a service gets another placement and nothing else, a
 * swarm leaves the containers that are on nodes which fit, and their tasks have the placement of before.
 */
export function isOfDefinition({
  Spec: { TaskTemplate: template },
}: ServiceSeen): (task: TaskSeen) => boolean {
  const anywhere = (spec: object) => comparable({ ...spec, Placement: undefined });
  const wanted = anywhere(template);
  return ({ Spec: spec }) => anywhere(spec) === wanted;
}

/**
 * Whether a swarm has left a container as it is, though the service has other ports now: with another placement and nothing
 * else in the definition of tasks, a swarm does not look at the ports.
 */
function hasOtherPorts(
  { Spec: spec, Status: { PortStatus: status } }: TaskSeen,
  { Spec: { TaskTemplate: template, EndpointSpec: endpoint } }: ServiceSeen,
): boolean {
  if (comparable(spec) === comparable(template)) return false;
  const wanted = endpoint?.Ports ?? [];
  const has = status?.Ports ?? [];
  return (
    wanted.length !== has.length ||
    !wanted.every(({ Protocol: protocol, TargetPort: target, PublishedPort: published }) =>
      has.some(
        (port) =>
          port.Protocol === protocol &&
          port.TargetPort === target &&
          (published ?? port.PublishedPort) === port.PublishedPort,
      ),
    )
  );
}

/** Whether a container is to end, and has not ended yet. That of a node that is gone may never end. */
export function isOnItsWayOut(
  { NodeID: node = "", DesiredState: desired, Status: { State: state } }: TaskSeen,
  nodes: readonly NodeSeen[],
): boolean {
  const isThere = nodes.some(({ ID, Status }) => ID === node && Status.State === "ready");
  return over.includes(desired) && !over.includes(state) && isThere;
}

/** A definition of tasks as a text. The engine adds what kind of runtime a task has. */
export function comparable(spec: object): string {
  return JSON.stringify(sorted({ ...spec, Runtime: undefined }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

/** Time between two questions to a manager, which sends no events of tasks. Milliseconds. */
const pause = 300;

/**
 * Waits until a service of the swarm is what it has to be.
 *
 * @param id Of the service.
 * @param called Name of the service, for messages.
 * @returns Seconds that its slowest new container took to run, from when the swarm made the task; `undefined` without one.
 * @throws NotReady as soon as it cannot become so, with the reason and the last lines of the task's log.
 */
export async function waitForService(
  id: string,
  called: string,
  wanted: WantedService,
  onProgress: (detail: string) => void,
): Promise<number | undefined> {
  const { start } = await engineClock();
  let begin = Date.now();
  let quietSince = begin;
  let isExchanged = false;
  let said = "";
  for (;;) {
    const { service, tasks, isRoomMade } = await look(id, called, wanted, begin);
    const now = Date.now();
    if (isRoomMade) quietSince = now;
    const waited = now - begin;
    const verdict = judgeService(service, tasks, wanted, waited, now - quietSince);
    if (verdict.state === "ready") return secondsToRun(service, tasks, start);
    if (verdict.state === "left") {
      if (isExchanged) throw new NotReady(`${called}: its containers run on with the ports of before`);
      await exchange(service);
      isExchanged = true;
      begin = Date.now();
      continue;
    }
    if (verdict.state === "failed") {
      const { reason, advice, task } = verdict;
      throw new NotReady(await told(`${called}: ${reason}`, advice, task));
    }
    if (waited > wanted.timeout) {
      const task = tasks.find(({ Status: { State: state } }) => !over.includes(state));
      throw new NotReady(
        await told(
          `${called}: gave up after ${Math.round(waited / 1000)} s of waiting ${verdict.detail}`,
          undefined,
          task?.ID,
        ),
      );
    }
    if (verdict.detail !== said) onProgress(verdict.detail);
    said = verdict.detail;
    await sleep(pause);
  }
}

/** Lets a swarm exchange all containers of a service, as `docker service update --force` does. */
async function exchange({ ID: id, Version: version, Spec: spec }: ServiceSeen): Promise<void> {
  const { TaskTemplate: template } = spec;
  const forced = { ...template, ForceUpdate: (template.ForceUpdate ?? 0) + 1 };
  await engine.getService(id).update({
    _query: { version: version?.Index },
    _body: { ...spec, TaskTemplate: forced },
  });
}

/** @param since Tasks that were made before then are not meant. */
export function secondsToRun(
  service: ServiceSeen,
  tasks: readonly TaskSeen[],
  since: Date,
): number | undefined {
  const isCurrent = isOfDefinition(service);
  const seconds = tasks.flatMap((task) => {
    const {
      CreatedAt: made,
      Status: { State: state, Timestamp: at },
    } = task;
    const isMeant = state === "running" && new Date(made) >= since && isCurrent(task);
    return isMeant ? [(new Date(at).getTime() - new Date(made).getTime()) / 1000] : [];
  });
  return seconds.length === 0 ? undefined : Math.max(0, ...seconds);
}

/** What a manager tells of all services of a project at once: many gates wait at a time. */
interface Snapshot {
  readonly at: number;
  readonly took: Promise<number>;
  readonly seen: Promise<{
    readonly services: readonly ServiceSeen[];
    readonly tasks: readonly TaskOfService[];
    readonly isRoomMade: boolean;
  }>;
}

export type TaskOfService = TaskSeen & { readonly ServiceID: string };

let latest: Snapshot | undefined;

/** Takes another look when the last one is old enough; the longer a look takes, the fewer there are. */
async function snapshot(label: string, since: number): Promise<Awaited<Snapshot["seen"]>> {
  const last = latest;
  if (last !== undefined && last.at >= since) {
    const rest = last.at + Math.max(pause, 5 * (await last.took)) - Date.now();
    if (rest > 0) return last.seen;
    if (latest !== last) return snapshot(label, since);
  }
  const at = Date.now();
  const filters = { label: [label] };
  const seen = Promise.all([
    engine.listServices({ filters }) as unknown as Promise<readonly ServiceSeen[]>,
    engine.listTasks({ filters }) as unknown as Promise<readonly TaskOfService[]>,
    nodesInSwarm(),
  ]).then(([services, tasks, nodes]) => ({
    ...{ services, tasks },
    isRoomMade: tasks.some((task) => isOnItsWayOut(task, nodes)),
  }));
  const took = seen.then(
    () => Date.now() - at,
    () => Date.now() - at,
  );
  latest = { at, took, seen };
  return seen;
}

async function look(
  id: string,
  called: string,
  { project }: WantedService,
  since: number,
): Promise<{ service: ServiceSeen; tasks: readonly TaskSeen[]; isRoomMade: boolean }> {
  const { services, tasks, isRoomMade } = await snapshot(project, since);
  const service = services.find(({ ID }) => ID === id);
  if (service === undefined)
    throw new NotReady(`${called}: the service is gone from the swarm: run \`up\` with --refresh`);
  return { service, tasks: tasks.filter(({ ServiceID }) => ServiceID === id), isRoomMade };
}

async function told(message: string, advice: string | undefined, task: string | undefined): Promise<string> {
  const lines = task === undefined ? [] : await lastTaskLines(task, 20);
  return [
    message,
    ...(advice === undefined ? [] : [`→ ${advice}`]),
    ...(lines.length === 0 ? [] : ["Its last lines:", ...lines.map((line) => `  ${line}`)]),
  ].join("\n");
}

/** The last lines of a task's log. Through the manager, wherever the container is; nothing where its node does not answer. */
export async function lastTaskLines(task: string, count: number): Promise<string[]> {
  const dial = engine.modem.dial.bind(engine.modem);
  const options = {
    // The client takes the last character of a path with a question in it away, where no options follow.
    path: `/tasks/${task}/logs?`,
    options: { stdout: true, stderr: true, tail: count },
    method: "GET",
    statusCodes: { 200: true, 404: "no such task", 500: "server error" },
    isStream: false,
    abortSignal: AbortSignal.timeout(3_000),
  };
  try {
    const output = await new Promise<unknown>((resolve, reject) => {
      dial(options, (error: unknown, data: unknown) => {
        if (error) reject(new Error(messageOf(error)));
        else resolve(data);
      });
    });
    const text = Buffer.isBuffer(output) ? await textOf([output]) : "";
    return printable(text)
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(-count);
  } catch {
    return [];
  }
}
