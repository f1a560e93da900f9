import { hasHealthcheck, type Service } from "../compose-spec/service.ts";
import { milliseconds } from "../compose-spec/units.ts";

/** When a service counts as ready. */
export interface Gate {
  /** `healthy`: its health check passes. `running`: it runs. `completed`: it has ended with exit code 0. */
  readonly state: "healthy" | "running" | "completed";
  /** Whether the service goes on running. A job ends, and so does a service that is not started again. */
  readonly stays: boolean;
  /** Milliseconds after which the gate gives up. */
  readonly timeout: number;
}

/** Docker's own defaults for what a health check leaves out. */
const engineDefaults = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

/** Milliseconds beyond what a health check takes at most: an engine under load is late by seconds. */
const margin = 15_000;

/**
 * @param isJob Whether others wait for the service to complete.
 */
export function gateOf(service: Service, isJob: boolean): Gate {
  // A job takes as long as its work, which may be the migration of a large table.
  if (isJob) return { state: "completed", stays: false, timeout: 3_600_000 };
  if (!hasHealthcheck(service)) {
    return { state: "running", stays: restartPolicyOf(service).name !== "no", timeout: margin };
  }
  const { interval, timeout, retries, start_period } = { ...engineDefaults, ...service.healthcheck };
  const probe = milliseconds(interval) + milliseconds(timeout);
  return {
    state: "healthy",
    stays: true,
    timeout: milliseconds(start_period) + probe * (retries + 1) + margin,
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
