import { hasHealthcheck, leavesHealthcheckToImage } from "../compose-spec/healthcheck.ts";
import type { Service } from "../compose-spec/service.ts";
import { milliseconds } from "../compose-spec/units.ts";

/** When a service counts as ready. */
export interface Gate {
  /** `healthy`: its health check passes. `running`: it runs. `completed`: it has ended with exit code 0. */
  readonly state: "healthy" | "running" | "completed";
  /** Whether the service goes on running. A job ends, and so may a service that is not started again after exit code 0. */
  readonly stays: boolean;
  /** Milliseconds after which the gate gives up. */
  readonly timeout: number;
  /**
   * The health check is the image's own, if the image has one. Without one a `required` gate cannot open, and an `optional`
   * one opens once the container runs.
   */
  readonly ofImage?: "required" | "optional";
}

/** Docker's own defaults for what a health check leaves out. */
const engineDefaults = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

/** Milliseconds beyond what a health check takes at most: an engine under load is late by seconds. */
const margin = 15_000;

/**
 * @param isJob Whether others wait for the service to complete.
 * @param waitedFor How others wait for a health check that only the image can have; see Gate.
 */
export function gateOf(service: Service, isJob: boolean, waitedFor?: Gate["ofImage"]): Gate {
  // A job takes as long as its work, which may be the migration of a large table.
  if (isJob) return { state: "completed", stays: false, timeout: 3_600_000 };
  if (waitedFor === undefined && !hasHealthcheck(service)) return runningGate(service);
  // Times alone are of a health check that the image may have.
  const ofImage = waitedFor ?? (leavesHealthcheckToImage(service) ? "optional" : undefined);
  const { interval, timeout, retries, start_period } = { ...engineDefaults, ...service.healthcheck };
  const times = [interval, timeout, start_period].map(milliseconds) as [number, number, number];
  return {
    ...{ state: "healthy", stays: ofImage === undefined || runningGate(service).stays },
    timeout: longest(times, retries),
    ...(ofImage === undefined ? {} : { ofImage }),
  };
}

function runningGate(service: Service): Gate {
  return { state: "running", stays: isAlwaysRestarted(restartPolicyOf(service).name), timeout: margin };
}

/** Whether the engine starts a container again however it ended. After `on-failure`, exit code 0 is an end. */
export function isAlwaysRestarted(policy: string): boolean {
  return policy === "always" || policy === "unless-stopped";
}

/** Milliseconds that a health check takes at most until it has told that a container is unhealthy. */
function longest([interval, timeout, startPeriod]: readonly [number, number, number], retries: number) {
  return startPeriod + (interval + timeout) * (retries + 1) + margin;
}

/** A health check as the engine has it in a container, its times in nanoseconds; 0 stands for the engine's default. */
interface EngineHealthcheck {
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly Retries?: number;
}

/**
 * A gate, once the container tells whether its image has a health check.
 *
 * @returns `undefined` for a gate that cannot open, since the image has none.
 */
export function gateByImage({ ofImage, ...gate }: Gate, check: EngineHealthcheck = {}): Gate | undefined {
  if (ofImage === undefined) return gate;
  if ([undefined, "NONE"].includes(check.Test?.[0]))
    return ofImage === "required" ? undefined : { ...gate, state: "running", timeout: margin };
  const { interval, timeout, start_period, retries } = engineDefaults;
  const times = [
    [check.Interval, interval],
    [check.Timeout, timeout],
    [check.StartPeriod, start_period],
  ].map(([nanoseconds, usual]) => Number(nanoseconds ?? 0) / 1e6 || milliseconds(String(usual)));
  return {
    ...gate,
    stays: true,
    timeout: longest(times as [number, number, number], check.Retries || retries),
  };
}

const conditions: Readonly<Record<string, string>> = { none: "no", any: "always" };

/** The engine's restart policy: `deploy.restart_policy` wins over `restart`, as with Compose. */
export function restartPolicyOf({ restart = "no", deploy }: Service): {
  readonly name: string;
  readonly times?: number;
} {
  const policy = deploy?.restart_policy;
  const [name = "no", times] = restart.split(":");
  if (policy === undefined) return times === undefined ? { name } : { name, times: Number(times) };
  const { condition = "no", max_attempts } = policy;
  const mapped = conditions[condition] ?? condition;
  // Only the policy on-failure counts its attempts.
  return mapped === "on-failure" && max_attempts !== undefined
    ? { name: mapped, times: max_attempts }
    : { name: mapped };
}
