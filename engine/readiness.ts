import type { ContainerInspectInfo } from "dockerode";
import type { Gate } from "../model/plan.ts";
import { engineClock } from "./clock.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { followEvents } from "./events.ts";
import { lastLogLines } from "./logs.ts";

/** Restarts during one wait after which a container counts as restarting in a loop. */
const loop = 3;

/** Milliseconds a container without a health check must have stayed up to count as running. */
const settled = 1000;

/** What a wait has come to, or what it is still waiting for. */
export type Verdict =
  | { readonly state: "ready" }
  | { readonly state: "waiting"; readonly detail: string }
  | { readonly state: "failed"; readonly reason: string };

/** What a container is judged against, in the engine's time. */
export interface Moment {
  readonly now: Date;
  /** When this `up` began. */
  readonly since: Date;
  /** The container's restart count when the wait for it began. */
  readonly restarts: number;
}

/**
 * Whether a container has come to the state its gate asks for. Pure: it judges what `docker inspect` said.
 *
 * A container that was unhealthy before this `up` is given one more probe, so that mending the cause is all a user
 * has to do.
 */
export function judge(container: ContainerInspectInfo, gate: Gate, moment: Moment): Verdict {
  const { State: state } = container;
  const ended = `exited with code ${state.ExitCode}${state.OOMKilled ? " (out of memory)" : ""}`;
  if (container.RestartCount - moment.restarts >= loop) {
    return { state: "failed", reason: `restarts in a loop; it last ${ended}` };
  }
  if (state.Paused) return { state: "waiting", detail: "to be unpaused" };
  if (gate.state === "completed") {
    const goesOn = state.Running || state.Restarting || state.Status === "created";
    if (goesOn) return { state: "waiting", detail: "to complete" };
    return state.ExitCode === 0 ? { state: "ready" } : { state: "failed", reason: ended };
  }
  if (state.Restarting) return { state: "waiting", detail: `to stay up; it ${ended}` };
  if (state.Status === "created") return { state: "waiting", detail: "to start" };
  if (!state.Running) {
    // A one-shot that nobody waits for has done its work.
    const oneShot = gate.state === "running" && !gate.stays && state.ExitCode === 0;
    return oneShot ? { state: "ready" } : { state: "failed", reason: ended };
  }
  if (gate.state === "running") {
    const stayed = moment.now.getTime() - new Date(state.StartedAt).getTime();
    return stayed >= settled ? { state: "ready" } : { state: "waiting", detail: "to stay up" };
  }
  const health = state.Health;
  if (health?.Status === "healthy") return { state: "ready" };
  const last = health?.Log.at(-1);
  if (health?.Status === "unhealthy" && last !== undefined && new Date(last.Start) >= moment.since) {
    const streak = health.FailingStreak;
    return { state: "failed", reason: `is unhealthy: ${streak} health checks in a row have failed` };
  }
  return { state: "waiting", detail: "to turn healthy" };
}

/** Why a gate did not open. Its message is for people; it holds the container's last words and may hold secrets. */
export class NotReady extends Error {}

/**
 * Waits until a container has come to its gate's state, following the engine's events. A container that had
 * ended before this `up`, a job that failed among them, is started once more.
 *
 * @param service Name of the service, for messages.
 * @param onProgress Told what is waited for, once a change.
 * @throws NotReady as soon as the container cannot get there any more, or after the gate's time-out, with the
 * reason, the last probe's output and the last 20 log lines.
 */
export async function waitUntilReady(
  id: string,
  service: string,
  gate: Gate,
  onProgress: (detail: string) => void,
): Promise<void> {
  const clock = await engineClock();
  let container = await inspect(id, service);
  if (failedBefore(container, gate, clock.start)) {
    await startAgain(id, service);
    container = await inspect(id, service);
  }
  const { RestartCount: restarts } = container;
  const deadline = Date.now() + gate.timeout;
  const events = await followEvents(id, clock.start);
  let said = "";
  try {
    for (;;) {
      const verdict = judge(container, gate, { now: clock.now(), since: clock.start, restarts });
      if (verdict.state === "ready") return;
      if (verdict.state === "failed") throw await notReady(container, service, verdict.reason);
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
      // Every change comes as an event; having stayed up is the one that is only a matter of time.
      await events.next(Math.min(deadline - Date.now(), gate.state === "running" ? settled : Infinity));
      container = await inspect(id, service);
    }
  } finally {
    events.stop();
  }
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

async function notReady(container: ContainerInspectInfo, service: string, reason: string): Promise<NotReady> {
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
    ].join("\n"),
  );
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
