import { runningServices } from "../engine/inventory.ts";
import { asked } from "../local/asked.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { Service, type ServiceArgs } from "./service.ts";
import { Starts } from "./starts.ts";
import type { Tiers } from "./tier.ts";

/**
 * The services of a project by their names, each below its tier.
 *
 * @param processors How many processors the engine's machine has, where that is known.
 */
export function makeServices(
  plan: Plan,
  shared: Pick<ServiceArgs, "defined" | "images" | "networks" | "volumes" | "secrets">,
  tiers: Tiers,
  processors = 1,
): Readonly<Record<string, Service>> {
  // Only a service whose replicas are updated in turn needs to know what runs.
  const rolls = plan.services.some(({ containers, update }) => containers.length > update.parallelism);
  const running = rolls ? runningServices(plan.project).catch(() => []) : Promise.resolve([]);
  const { parallel } = asked();
  const starts = new Starts(parallel ?? firstStarts * processors, parallel);
  const followers = followersIn(plan.services);
  const services: Record<string, Service> = {};
  for (const service of plan.services) {
    services[service.name] = new Service(
      service.name,
      {
        ...{ ...shared, plan: service, services, running, starts },
        followers: followers.get(service.name) ?? 0,
        handOvers: plan.handOvers.filter(({ to }) => to.service === service.name),
      },
      { parent: tiers[service.tier] },
    );
  }
  return services;
}

/** How many containers start at a time at first for each processor, where `up --parallel` does not say. */
const firstStarts = 4;

/** How many services wait for a service, by name, also through others. */
function followersIn(services: readonly ServicePlan[]): ReadonlyMap<string, number> {
  const followers = new Map<string, Set<string>>();
  // Each service stands behind those that it waits for.
  for (const { name, waitsFor } of services.toReversed()) {
    const own = [name, ...(followers.get(name) ?? [])];
    for (const { service } of waitsFor)
      followers.set(service, new Set([...(followers.get(service) ?? []), ...own]));
  }
  return new Map([...followers].map(([name, others]) => [name, others.size]));
}
