import { hasHealthcheck, type Service } from "../compose-spec/service.ts";
import { milliseconds } from "../compose-spec/units.ts";

/** When a service counts as ready. */
export interface Gate {
  /** `healthy`: its health check passes. `running`: it runs. `completed`: it has ended with exit code 0. */
  readonly state: "healthy" | "running" | "completed";
  /** Whether it is meant to go on running, as opposed to a job or a one-shot that is not started again. */
  readonly stays: boolean;
  /** Milliseconds after which waiting for it is given up. */
  readonly timeout: number;
}

/** Docker's own defaults for what a health check leaves out. */
const engineDefaults = { interval: "30s", timeout: "30s", retries: 3, start_period: "0s" };

/** Beyond the slowest a health check can honestly take; an engine under load is late by seconds. */
const margin = 15_000;

/**
 * @param isJob Whether others wait for the service to complete.
 */
export function gateOf(service: Service, isJob: boolean): Gate {
  // A job's own work bounds it, not a health check: it may migrate a large table.
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
  // Only a policy that ends can count.
  return mapped === "on-failure" && max_attempts !== undefined
    ? { name: mapped, times: max_attempts }
    : { name: mapped };
}
