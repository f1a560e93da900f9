import { milliseconds } from "../compose-spec/units.ts";
import { dependenciesOf } from "../model/dependencies.ts";
import { own } from "../compose-spec/own.ts";
import { replicasOf, type Service } from "../compose-spec/service.ts";

type Services = Readonly<Record<string, Service>>;

/** Milliseconds between two probes of a service that starts in a small stack. */
const shortest = 250;

/** How many containers a processor starts at a time before their probes have to come less often. */
const few = 2;

/** How many containers Pulumi starts at a time, for each processor. */
const most = 4;

/** How many probes a second a processor is to be asked for, all services that start together. */
const budget = 4;

/** Whether a service leaves it to the plan how often it is probed while it starts. */
export function leavesStartInterval({ healthcheck }: Service): boolean {
  return healthcheck?.start_period !== undefined && healthcheck.start_interval === undefined;
}

/**
 * How often a service is probed while it starts, where its definition does not say. A probe is a process of its own: those
 * of many services that start together keep a machine busier than the services do.
 *
 * @param check The service's health check: it is never probed less often than `interval` says.
 * @param together How many containers start together; see `startTogether`.
 * @param processors How many processors the engine's machine has; `undefined` where nobody knows.
 * @returns A duration as Compose writes it, such as `250ms`.
 */
export function startInterval(
  { interval = "30s" }: NonNullable<Service["healthcheck"]>,
  together: number,
  processors: number | undefined,
): string {
  const own = milliseconds(interval);
  if (processors === undefined || together <= few * processors) return `${Math.min(shortest, own)}ms`;
  const atATime = Math.min(together, most * processors);
  const derived = Math.ceil((1000 * atATime) / (budget * processors));
  return `${Math.min(Math.max(shortest, derived), own)}ms`;
}

/**
 * How many containers, of those that are probed as `startInterval` says, start together at most: as many as wait for
 * equally long chains of others.
 *
 * @param order Names of the services, each behind all that it depends on.
 */
export function startTogether(services: Services, order: readonly string[]): number {
  const depths = new Map<string, number>();
  const containers: number[] = [];
  for (const name of order) {
    const service = own(services, name) ?? {};
    const before = Object.keys(dependenciesOf(service)).map((dependency) => depths.get(dependency) ?? -1);
    const depth = Math.max(-1, ...before) + 1;
    depths.set(name, depth);
    if (leavesStartInterval(service)) containers[depth] = (containers[depth] ?? 0) + replicasOf(service);
  }
  return Math.max(0, ...containers.filter((count) => count > 0));
}
