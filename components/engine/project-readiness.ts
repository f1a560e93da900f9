import type { ContainerInspectInfo } from "dockerode";
import { isAlwaysRestarted } from "../plan/gate.ts";
import type { Gate } from "../plan/plan.ts";
import { containersOf, inspectContainers } from "./inventory.ts";
import { judge, type Verdict } from "./readiness.ts";

/** How ready a container is, as far as the engine alone can tell. */
export interface ContainerReadiness {
  readonly service: string;
  readonly container: string;
  readonly verdict: Verdict;
}

/**
 * Judges every container of a project once. An unhealthy container counts as waiting until a probe after `since` failed.
 *
 * @param since When the wait for the project began, by the engine's clock.
 * @param awaited Services that are waited for to complete, beside those that a container of the project waits for.
 */
export async function projectReadiness(
  project: string,
  { since, now }: { readonly since: Date; readonly now: Date },
  awaited: readonly string[] = [],
): Promise<ContainerReadiness[]> {
  // A container that went in between has been replaced.
  const found = await inspectContainers(await containersOf(project));
  return readinessAmong(found, { since, now }, awaited);
}

/** Judges these containers of a project, in their order. */
export function readinessAmong(
  containers: readonly ContainerInspectInfo[],
  { since, now }: { readonly since: Date; readonly now: Date },
  awaited: readonly string[] = [],
): ContainerReadiness[] {
  const jobs = new Set([...awaited, ...containers.flatMap(jobsBefore)]);
  return containers.map((container) => {
    const service = labelOf(container, "service");
    // What restarts in a loop is seen to be restarting, or to have ended: one look counts no restarts.
    const moment = { now, since, restarts: container.RestartCount };
    return {
      service,
      container: container.Name.slice(1),
      verdict: judge(container, gateOf(container, jobs.has(service)), moment),
    };
  });
}

/** The services that a container's service waits for to complete. */
function jobsBefore(container: ContainerInspectInfo): string[] {
  return labelOf(container, "depends_on")
    .split(",")
    .map((dependency) => dependency.split(":"))
    .filter(([, condition]) => condition === "service_completed_successfully")
    .map(([service = ""]) => service);
}

/** Whether a container for whose end no service waits may end with exit code 0. */
export function mayEnd(container: ContainerInspectInfo): boolean {
  const { state, stays } = gateOf(container, false);
  return state === "running" && !stays;
}

/** The time-out is the caller's: here a container is judged once. */
function gateOf({ Config: config, HostConfig: host }: ContainerInspectInfo, isJob: boolean): Gate {
  const test = config.Healthcheck?.Test ?? [];
  const hasHealthcheck = test.length > 0 && test[0] !== "NONE";
  const stays = isAlwaysRestarted(host.RestartPolicy?.Name ?? "");
  if (isJob) return { state: "completed", stays: false, timeout: Infinity };
  return { state: hasHealthcheck ? "healthy" : "running", stays, timeout: Infinity };
}

function labelOf({ Config: { Labels: labels } }: ContainerInspectInfo, name: string): string {
  return labels[`com.docker.compose.${name}`] ?? "";
}
