import type { ContainerInspectInfo } from "dockerode";
import type { Gate } from "../plan/plan.ts";
import { engineDuration } from "../compose-spec/units.ts";
import { engineClock } from "./clock.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { followEvents, type ContainerEvents } from "./events.ts";
import { lacksProgram, missingHealthProgram } from "./health-program.ts";
import { lastLogLines } from "./logs.ts";

/** Restarts during one wait after which a container counts as restarting in a loop. */
const loop = 3;

/** Milliseconds a container without a health check must have stayed up to count as running. */
const settled = 1000;

/** Probes of which the engine keeps what came of them. */
const remembered = 5;

type State = ContainerInspectInfo["State"];

/** What a wait has come to, or what it is still waiting for. */
export type Verdict =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly detail: string }
  | {
      readonly state: "failed";
      readonly reason: string;
      /** What may mend it, beyond the reason's own cause. */
      readonly advice?: string;
    };

/** What a container is judged against, in the engine's time. */
export interface Moment {
  readonly now: Date;
  /** When this `up` began. */
  readonly since: Date;
  /** The container's restart count when the wait for it began. */
  readonly restarts: number;
  /** As what it was last seen to have ended: of one that runs again the engine has forgotten it. */
  readonly ended?: State | undefined;
}

/**
 * Whether a container has come to the state its gate asks for. Pure: it judges what `docker inspect` said.
 *
 * A container that was unhealthy before this `up` is given one more probe, so that mending the cause is all a user
 * has to do.
 */
export function judge(container: ContainerInspectInfo, gate: Gate, moment: Moment): Verdict {
  const { State: state } = container;
  const ended = exitOf(state);
  if (container.RestartCount - moment.restarts >= loop) {
    const last = hasEnded(state) ? state : moment.ended;
    const how = last === undefined ? "" : `; it last ${exitOf(last)}`;
    return { state: "failed", reason: `restarts in a loop${how}`, ...adviceAfter(last, container) };
  }
  if (state.Paused) return { state: "waiting", detail: "to be unpaused" };
  if (gate.state === "completed") {
    const goesOn = state.Running || state.Restarting || state.Status === "created";
    if (goesOn) return { state: "waiting", detail: "to complete" };
    if (state.ExitCode === 0) return { state: "ready" };
    return { state: "failed", reason: ended, ...adviceAfter(state, container) };
  }
  if (state.Restarting) return { state: "waiting", detail: `to stay up; it ${ended}` };
  if (state.Status === "created") return { state: "waiting", detail: "to start" };
  if (!state.Running) {
    // A one-shot that nobody waits for has done its work.
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
    const reason = `is unhealthy: ${health.FailingStreak} health checks in a row have failed`;
    return { state: "failed", reason, ...(wasNeverHealthy(container, moment) ? slowStart(container) : {}) };
  }
  return { state: "waiting", detail: "to turn healthy" };
}

/** Whether it runs no more, or is about to be started again. */
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
  if (limit === 0) return { advice: "it has no limit of its own: the machine's memory was used up" };
  const mebibytes = limit / 1024 ** 2;
  const now = mebibytes % 1024 === 0 ? `${mebibytes / 1024}G` : `${mebibytes}M`;
  return { advice: `raise ${keyOf(container)}.deploy.resources.limits.memory (now ${now})` };
}

/** As far as the engine remembers probes; had one been good while this `up` waited, its wait would be over. */
function wasNeverHealthy({ State: state }: ContainerInspectInfo, { since }: Moment): boolean {
  const probes = probesSinceStart(state);
  const allAreKnown = new Date(state.StartedAt) >= since || probes.length < remembered;
  return allAreKnown && probes.every(({ ExitCode: code }) => code !== 0);
}

function slowStart(container: ContainerInspectInfo): { advice: string } {
  const { StartPeriod: nanoseconds = 0 } = container.Config.Healthcheck ?? {};
  const now = nanoseconds === 0 ? "not set" : `now ${engineDuration(nanoseconds / 1_000_000)}`;
  const key = `${keyOf(container)}.healthcheck.start_period`;
  return { advice: `if it is only slow to start, raise ${key} (${now})` };
}

/** Where the container's service is defined. */
function keyOf({ Config: { Labels: labels } }: Pick<ContainerInspectInfo, "Config">): string {
  return `services.${labels["com.docker.compose.service"] ?? ""}`;
}

/** Those from before a restart are still there. */
function probesSinceStart({ StartedAt: startedAt, Health: health }: State) {
  const started = new Date(startedAt);
  return (health?.Log ?? []).filter(({ Start: start }) => new Date(start) >= started);
}

/**
 * Seconds from a container's start to the end of its first good probe, of one that was started during this `up`.
 * `undefined` where that cannot be told.
 */
export function secondsToHealthy({ State: state }: ContainerInspectInfo, since: Date): number | undefined {
  const started = new Date(state.StartedAt);
  const probes = probesSinceStart(state);
  const good = probes.findIndex(({ ExitCode: code }) => code === 0);
  const probe = probes[good];
  if (probe === undefined || started < since || (good === 0 && probes.length >= remembered)) return undefined;
  return Math.round((new Date(probe.End).getTime() - started.getTime()) / 100) / 10;
}

/** Why a gate did not open. Its message is for people; it holds the container's last words and may hold secrets. */
export class NotReady extends Error {}

/**
 * Waits until a container has come to its gate's state, following the engine's events. A container that had
 * ended before this `up`, a job that failed among them, is started once more.
 *
 * @param service Name of the service, for messages.
 * @param onProgress Told what is waited for, once a change.
 * @returns Seconds that the container took to turn healthy, if it was started during this `up`.
 * @throws NotReady as soon as the container cannot get there any more, or after the gate's time-out, with the
 * reason, the last probe's output and the last 20 log lines.
 */
export async function waitUntilReady(
  id: string,
  service: string,
  gate: Gate,
  onProgress: (detail: string) => void,
): Promise<number | undefined> {
  const clock = await engineClock();
  let container = await inspect(id, service);
  if (failedBefore(container, gate, clock.start)) {
    await startAgain(id, service);
    container = await inspect(id, service);
  }
  const { RestartCount: restarts } = container;
  const deadline = Date.now() + gate.timeout;
  // What is unhealthy stays so until a probe says otherwise, or says it again.
  const eachProbe = container.State.Health?.Status === "unhealthy";
  let events: ContainerEvents | undefined;
  let said = "";
  let looked = gate.state !== "healthy";
  let ended: State | undefined;
  try {
    for (;;) {
      if (hasEnded(container.State)) ended = container.State;
      const verdict = judge(container, gate, { now: clock.now(), since: clock.start, restarts, ended });
      if (verdict.state === "ready") return secondsToHealthy(container, clock.start);
      const probed = !looked && wasProbed(container);
      looked ||= probed;
      if (probed && mayLackProgram(container)) {
        const reason = await missingHealthProgram(container);
        if (reason !== undefined) throw new NotReady(`${service} ${reason}`);
      }
      if (verdict.state === "failed") {
        throw await notReady(container, service, verdict.reason, verdict.advice);
      }
      if (Date.now() >= deadline) {
        const seconds = Math.round(gate.timeout / 1000);
        throw await notReady(
          container,
          service,
          `was waited for ${verdict.detail}, for ${seconds} s in vain`,
        );
      }
      if (verdict.detail !== said) onProgress(verdict.detail);
      said = verdict.detail;
      // Every change since this `up` began comes as an event; having stayed up is only a matter of time, and so is the
      // first probe, which is no change while it fails.
      events ??= await followEvents(id, clock.start, eachProbe);
      const soon = gate.state === "running" || !looked ? settled : Infinity;
      await events.next(Math.min(deadline - Date.now(), soon));
      container = await inspect(id, service);
    }
  } finally {
    events?.stop();
  }
}

/** Whether a first probe has been made, or is a whole interval away, so that nobody waits for it. */
function wasProbed({
  State: { Health: health },
  Config: { Healthcheck: check },
}: ContainerInspectInfo): boolean {
  return health !== undefined && (health.Log.length > 0 || !check?.StartPeriod);
}

function mayLackProgram({ State: { Health: health } }: ContainerInspectInfo): boolean {
  const last = health?.Log.at(-1);
  return last === undefined || lacksProgram(last);
}

/** A container that ended, or went on ending, before this `up`; a job that succeeded has not failed. */
function failedBefore({ State: state }: ContainerInspectInfo, gate: Gate, start: Date): boolean {
  const succeeded = !gate.stays && state.ExitCode === 0;
  const ended = (state.Status === "exited" && !succeeded) || state.Restarting;
  return ended && new Date(state.FinishedAt) < start;
}

/** Also ends the engine's own waiting before it starts a container again, which doubles with every failure. */
async function startAgain(id: string, service: string): Promise<void> {
  try {
    await engine.getContainer(id).restart();
  } catch (error) {
    throw new NotReady(`${service} had ended and cannot be started again: ${messageOf(error)}`);
  }
}

async function inspect(id: string, service: string): Promise<ContainerInspectInfo> {
  try {
    return await engine.getContainer(id).inspect();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new NotReady(
      `${service} is gone: its container was removed by somebody else.\n` +
        "→ bring the stack up by `npm run up`, which looks at the engine first and makes it again",
    );
  }
}

async function notReady(
  container: ContainerInspectInfo,
  service: string,
  reason: string,
  advice?: string,
): Promise<NotReady> {
  const name = container.Name.replace(/^\//, "");
  const probe = container.State.Health?.Log.at(-1);
  // A log driver that cannot be read, or a container that is gone by now, must not hide the reason.
  const lines = await lastLogLines(container.Id, 20).catch(() => []);
  return new NotReady(
    [
      `${service} ${reason}`,
      ...(probe === undefined
        ? []
        : [`last health check (exit code ${probe.ExitCode}):`, indented(probe.Output.trim())]),
      lines.length === 0 ? "it logged nothing" : `last ${lines.length} log lines:`,
      ...lines.map(indented),
      `→ mend the cause and run \`up\` again; the whole log: docker logs ${name}`,
      ...(advice === undefined ? [] : [`→ ${advice}`]),
    ].join("\n"),
  );
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
