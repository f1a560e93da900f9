import type { ContainerInspectInfo } from "dockerode";
import { printable } from "../findings/printable.ts";
import { gateByImage } from "../plan/gate.ts";
import type { Gate } from "../plan/plan.ts";
import { engineDuration } from "../compose-spec/units.ts";
import { engineClock } from "./clock.ts";
import { machineOfEngine, whyBusy } from "./machine.ts";
import { engine, messageOf } from "./engine.ts";
import { followEvents, type EngineEvents } from "./events.ts";
import { lacksProgram, missingHealthProgram } from "./health-program.ts";
import { inspectContainer } from "./inventory.ts";
import { lastLogLines } from "./logs.ts";

/** Restarts during one wait after which a container counts as restarting in a loop. */
const loop = 3;

/** Milliseconds after which a container without a health check counts as running. */
const settled = 1000;

/** Milliseconds between two looks where no event came: the engine drops events that its listener is late to read. */
const quiet = 30_000;

/** The number of probes whose results the engine keeps. */
const remembered = 5;

type State = ContainerInspectInfo["State"];

/** The state of a wait. */
export type Verdict =
  | { readonly state: "ready" }
  | {
      readonly state: "waiting";
      /** What the wait is for, and perhaps what the container did instead: `to stay up; it exited with code 1`. */
      readonly detail: string;
    }
  | {
      readonly state: "failed";
      readonly reason: string;
      /** A remedy for what is probably the cause. */
      readonly advice?: string;
    };

/** What a container is judged against. Times are the engine's. */
export interface Moment {
  readonly now: Date;
  /** When this `up` began. */
  readonly since: Date;
  /** The container's restart count when the wait for it began. */
  readonly restarts: number;
  /** The state in which the container was last seen to have ended. The engine forgets that state at a restart. */
  readonly ended?: State | undefined;
  /** Why the engine may not have finished a health check in time, where its machine is busy: words for a message. */
  readonly busy?: string | undefined;
}

/**
 * Whether a container has reached the state that its gate asks for. Pure: judges the answer of `docker inspect`.
 *
 * A container that was unhealthy before this `up` gets one more probe. After a user has mended the cause, the next `up`
 * therefore succeeds. A probe that a busy machine could not start or finish in time says nothing of the service: as long as
 * too few other probes have failed, the wait goes on.
 */
export function judge(container: ContainerInspectInfo, gate: Gate, moment: Moment): Verdict {
  const { State: state } = container;
  const ended = exitOf(state);
  if (container.RestartCount - moment.restarts >= loop) {
    const last = hasEnded(state) ? state : moment.ended;
    const how = last === undefined ? "" : `; it last ${exitOf(last)}`;
    return { state: "failed", reason: `restarts in a loop${how}`, ...adviceAfter(last, container) };
  }
  if (state.Paused)
    return { state: "failed", reason: "is paused", advice: `docker unpause ${nameOf(container)}` };
  if (gate.state === "completed") {
    const goesOn = state.Running || state.Restarting || state.Status === "created";
    if (goesOn) return { state: "waiting", detail: "to complete" };
    if (state.ExitCode === 0) return { state: "ready" };
    return { state: "failed", reason: ended, ...adviceAfter(state, container) };
  }
  if (state.Restarting) return { state: "waiting", detail: `to stay up; it ${ended}` };
  if (state.Status === "created") return { state: "waiting", detail: "to start" };
  if (!state.Running) {
    // A container that is not restarted after exit code 0, and that no service waits for, may end.
    const oneShot = gate.state === "running" && !gate.stays && state.ExitCode === 0;
    if (oneShot) return { state: "ready" };
    return { state: "failed", reason: ended, ...adviceAfter(state, container) };
  }
  if (gate.state === "running") {
    const stayed = moment.now.getTime() - new Date(state.StartedAt).getTime();
    return stayed >= settled ? { state: "ready" } : { state: "waiting", detail: "to stay up" };
  }
  const health = state.Health;
  if (health?.Status === "healthy") return { state: "ready" };
  const last = health?.Log.at(-1);
  if (health?.Status === "unhealthy" && last !== undefined && new Date(last.Start) >= moment.since) {
    if (moment.busy !== undefined && !failedOften(container))
      return { state: "waiting", detail: `to become healthy; ${moment.busy}` };
    const reason = `is unhealthy: ${health.FailingStreak} health checks in a row have failed`;
    return { state: "failed", reason, ...(wasNeverHealthy(container, moment) ? slowStart(container) : {}) };
  }
  return { state: "waiting", detail: "to become healthy" };
}

/** The exit code of a probe that the engine could not start, or that did not end within the check's `timeout`. */
const unanswered = -1;

/** Whether enough probes have answered that the service is not healthy, as far as the engine remembers. */
function failedOften({ State: state, Config: { Healthcheck: check } }: ContainerInspectInfo): boolean {
  const probes = probesSinceStart(state);
  const answers = probes.filter(({ ExitCode: code }) => code !== unanswered);
  if (answers.length === probes.length) return true;
  const failed = answers.length - 1 - answers.findLastIndex(({ ExitCode: code }) => code === 0);
  // The engine's own number where the check sets none.
  return failed >= Math.min(check?.Retries || 3, remembered);
}

/** Whether the container has ended, or is about to be restarted. */
function hasEnded({ Running: running, Restarting: restarting, Status: status }: State): boolean {
  return restarting || (!running && status !== "created");
}

function exitOf({ ExitCode: code, OOMKilled: outOfMemory }: State): string {
  return `exited with code ${code}${outOfMemory ? " (out of memory)" : ""}`;
}

function adviceAfter(
  ended: State | undefined,
  { HostConfig: { Memory: limit = 0 }, ...container }: ContainerInspectInfo,
): { advice?: string } {
  if (!ended?.OOMKilled) return {};
  if (limit === 0)
    return { advice: "the service has no memory limit, so the machine itself ran out of memory" };
  const mebibytes = limit / 1024 ** 2;
  const now = mebibytes % 1024 === 0 ? `${mebibytes / 1024}G` : `${mebibytes}M`;
  return { advice: `raise ${keyOf(container)}.deploy.resources.limits.memory (now ${now})` };
}

/** Whether no probe has succeeded, as far as the engine remembers. A success during this `up` would have ended the wait. */
function wasNeverHealthy({ State: state }: ContainerInspectInfo, { since }: Moment): boolean {
  const probes = probesSinceStart(state);
  const allAreKnown = new Date(state.StartedAt) >= since || probes.length < remembered;
  return allAreKnown && probes.every(({ ExitCode: code }) => code !== 0);
}

function slowStart(container: ContainerInspectInfo): { advice: string } {
  const { StartPeriod: nanoseconds = 0 } = container.Config.Healthcheck ?? {};
  const now = nanoseconds === 0 ? "not set" : `now ${engineDuration(nanoseconds / 1_000_000)}`;
  const key = `${keyOf(container)}.healthcheck.start_period`;
  return { advice: `if the service is only slow to start, raise ${key} (${now})` };
}

function nameOf({ Name: name }: Pick<ContainerInspectInfo, "Name">): string {
  return name.replace(/^\//, "");
}

/** The key under which the container's service is defined. */
function keyOf({ Config: { Labels: labels } }: Pick<ContainerInspectInfo, "Config">): string {
  return `services.${labels["com.docker.compose.service"] ?? ""}`;
}

/** The engine also keeps probes from before a restart. */
function probesSinceStart({ StartedAt: startedAt, Health: health }: State) {
  const started = new Date(startedAt);
  return (health?.Log ?? []).filter(({ Start: start }) => new Date(start) >= started);
}

/**
 * Seconds from a container's start to the end of its first successful probe. `undefined` for a container that was not
 * started during this `up`, and where the engine has forgotten the probe.
 */
export function secondsToHealthy({ State: state }: ContainerInspectInfo, since: Date): number | undefined {
  const started = new Date(state.StartedAt);
  const probes = probesSinceStart(state);
  const good = probes.findIndex(({ ExitCode: code }) => code === 0);
  const probe = probes[good];
  if (probe === undefined || started < since || (good === 0 && probes.length >= remembered)) return undefined;
  return Math.round((new Date(probe.End).getTime() - started.getTime()) / 100) / 10;
}

/** Whether a container was started during this `up`. */
export async function wasStartedNow({ State: state }: ContainerInspectInfo): Promise<boolean> {
  const { start } = await engineClock();
  return new Date(state.StartedAt) >= start;
}

/** Why a gate did not open. The message is for people. It ends with the container's log, and may hold secrets. */
export class NotReady extends Error {}

/**
 * Starts a container once more that ended before this `up`, such as a failed job, or that could not be started.
 *
 * @param service Name of the service, for messages.
 * @returns The container as it is then.
 * @throws NotReady where the engine cannot start the container.
 */
export async function startWhatFailed(
  container: ContainerInspectInfo,
  service: string,
  planned: Gate,
): Promise<ContainerInspectInfo> {
  if ((await whyStartedAgain(container, planned)) === undefined) return container;
  await startAgain(container, service);
  return lookAtContainer(container.Id, service);
}

/** Why an `up` starts a container once more, for people; `undefined` for one that `up` leaves as it is. */
export async function whyStartedAgain(
  container: ContainerInspectInfo,
  planned: Gate,
): Promise<string | undefined> {
  const { start } = await engineClock();
  const gate = gateByImage(planned, container.Config.Healthcheck) ?? planned;
  const { State: state } = container;
  if (!failedBefore(container, gate, start)) return undefined;
  if (state.Status === "created") return "was never started";
  return state.Restarting ? "restarts in a loop" : exitOf(state);
}

/** What a wait for a container tells whoever waits. */
export interface Listener {
  /** Called with what the wait is for, at each change. */
  readonly onProgress: (detail: string) => void;
  /**
   * Called once, when the container needs no more than any other that runs.
   *
   * @param inTime Whether its first health check answered in time; `undefined` where none is to come soon.
   */
  readonly onStarted: (inTime: boolean | undefined) => void;
}

/** A container that is ready. */
interface Ready {
  readonly container: ContainerInspectInfo;
  /** Seconds that it took to become healthy, if it was started during this `up`. */
  readonly seconds: number | undefined;
}

/**
 * Waits until a container has reached its gate's state, by following the engine's events.
 *
 * @param container As it was seen just now.
 * @param service Name of the service, for messages.
 * @throws NotReady as soon as the container cannot reach the state, or after the gate's time-out, with the reason, the
 * last probe's output and the last 20 log lines.
 */
export async function waitUntilReady(
  container: ContainerInspectInfo,
  service: string,
  planned: Gate,
  { onProgress, onStarted }: Listener,
): Promise<Ready> {
  const { Id: id } = container;
  const [clock, machine] = await Promise.all([engineClock(), machineOfEngine()]);
  const gate = gateByImage(planned, container.Config.Healthcheck);
  if (gate === undefined) throw new NotReady(withoutHealthcheck(service, container));
  const { RestartCount: restarts } = container;
  const deadline = Date.now() + gate.timeout;
  // An unhealthy container sends no event before the next probe ends.
  const eachProbe = container.State.Health?.Status === "unhealthy";
  let events: EngineEvents | undefined;
  let said = "";
  let looked = gate.state !== "healthy";
  if (looked) onStarted(undefined);
  let ended: State | undefined;
  try {
    for (;;) {
      if (hasEnded(container.State)) ended = container.State;
      const busy = whyBusy(machine);
      const verdict = judge(container, gate, { now: clock.now(), since: clock.start, restarts, ended, busy });
      const probed = !looked && wasProbed(container);
      looked ||= probed;
      if (probed) onStarted(answeredInTime(container));
      if (verdict.state === "ready") return { container, seconds: secondsToHealthy(container, clock.start) };
      if (probed && mayLackProgram(container)) {
        const reason = await missingHealthProgram(container);
        if (reason !== undefined) throw new NotReady(`${service} ${reason}`);
      }
      // What the container said, and how its last probe went, has nothing to do with a pause.
      if (verdict.state === "failed" && container.State.Paused)
        throw new NotReady(`${service} ${verdict.reason}\n→ ${verdict.advice ?? ""}`);
      if (verdict.state === "failed") {
        throw await notReady(container, service, verdict.reason, verdict.advice);
      }
      if (Date.now() >= deadline) {
        const seconds = Math.round(gate.timeout / 1000);
        throw await notReady(container, service, overdue(verdict.detail, seconds));
      }
      if (verdict.detail !== said) onProgress(verdict.detail);
      said = verdict.detail;
      // Every change since this `up` began comes as an event, except three: a container has stayed up for long enough, the
      // first probe has failed, and a further probe has failed.
      if (events === undefined) {
        events = await followEvents({ container: [id] }, clock.start, eachProbe);
      } else {
        const isUnhealthy = container.State.Health?.Status === "unhealthy";
        const soon = gate.state === "running" || !looked || isUnhealthy ? settled : quiet;
        await events.next(Math.min(deadline - Date.now(), soon));
      }
      // The engine may have forgotten events from before `followEvents`. This look sees what they have changed.
      container = await lookAtContainer(id, service);
    }
  } finally {
    events?.stop();
  }
}

function withoutHealthcheck(service: string, container: ContainerInspectInfo): string {
  return (
    `${service} has no health check, neither of its own nor of its image, and another service waits until it is healthy\n` +
    `→ write ${keyOf(container)}.healthcheck, or condition: service_started where the other waits`
  );
}

/** What is wrong after a wait for `detail` (see Verdict) that lasted too long. */
export function overdue(detail: string, seconds: number): string {
  const [goal = "", ...instead] = detail.replace(/^to /, "").split("; ");
  return [`did not ${goal} within ${seconds} s`, ...instead].join("; ");
}

/** Whether the first probe has ended, or is a whole interval away. */
function wasProbed({
  State: { Health: health },
  Config: { Healthcheck: check },
}: ContainerInspectInfo): boolean {
  return health !== undefined && (health.Log.length > 0 || !check?.StartPeriod);
}

function answeredInTime({ State: { Health: health } }: ContainerInspectInfo): boolean | undefined {
  const probe = health?.Log.at(-1);
  return probe === undefined ? undefined : probe.ExitCode !== unanswered;
}

function mayLackProgram({ State: { Health: health } }: ContainerInspectInfo): boolean {
  const last = health?.Log.at(-1);
  return last === undefined || lacksProgram(last);
}

/**
 * Whether a container ended, or restarted in a loop, before this `up`, or has never been started. A job that succeeded has
 * not failed.
 */
function failedBefore(
  { State: state, Created: created }: ContainerInspectInfo,
  gate: Gate,
  start: Date,
): boolean {
  // Whoever makes a container starts the container, too, before a gate looks: the start has failed.
  if (state.Status === "created") return true;
  const succeeded = !gate.stays && state.ExitCode === 0;
  if (state.Status === "exited" && !succeeded) return new Date(state.FinishedAt) < start;
  // A loop from before may have gone round once more since this `up` began.
  return state.Restarting && new Date(created) < start;
}

/** A restart also ends the engine's own delay before a restart, which doubles with every failure. */
async function startAgain({ Id: id, State: state }: ContainerInspectInfo, service: string): Promise<void> {
  const isNew = state.Status === "created";
  const container = engine.getContainer(id);
  try {
    await (isNew ? container.start() : container.restart());
  } catch (error) {
    const again = isNew ? "cannot be started" : "has ended, and cannot be started again";
    throw new NotReady(
      `${service} ${again}: ${messageOf(error)}\n→ mend the cause and run \`up\` again, which starts the container`,
    );
  }
}

/**
 * A container as it is now.
 *
 * @param service Name of the service, for messages.
 * @throws NotReady for a container that is gone.
 */
export async function lookAtContainer(id: string, service: string): Promise<ContainerInspectInfo> {
  const container = await inspectContainer(id);
  if (container !== undefined) return container;
  throw new NotReady(
    `${service} is gone: its container was removed outside of Pulumi.\n` +
      "→ run `npx pulumi-compose up`, which looks at the engine first and makes the container again",
  );
}

async function notReady(
  container: ContainerInspectInfo,
  service: string,
  reason: string,
  advice?: string,
): Promise<NotReady> {
  const probe = container.State.Health?.Log.at(-1);
  // The reason is told even without the log, which some log drivers cannot give.
  const lines = await lastLogLines(container.Id, 20).catch(() => []);
  return new NotReady(
    [
      `${service} ${reason}`,
      ...(probe === undefined
        ? []
        : [`last health check (exit code ${probe.ExitCode}):`, indented(printable(probe.Output.trim()))]),
      lines.length === 0 ? "the container logged nothing" : `last ${lines.length} log lines:`,
      ...lines.map((line) => indented(printable(line))),
      `→ mend the cause and run \`up\` again; the whole log: docker logs ${nameOf(container)}`,
      ...(advice === undefined ? [] : [`→ ${advice}`]),
    ].join("\n"),
  );
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
