import type * as pulumi from "@pulumi/pulumi";
import { runningServices } from "../engine/inventory.ts";
import type { Plan } from "../plan/plan.ts";
import { Service, type ServiceArgs } from "./service.ts";
import { Tier } from "./tier.ts";

/** The services of a project by their names, each below its tier. */
export function makeServices(
  plan: Plan,
  shared: Pick<ServiceArgs, "defined" | "networks" | "volumes" | "secrets">,
  parent: pulumi.Resource,
): Readonly<Record<string, Service>> {
  const tiers = makeTiers(plan, parent);
  // Only a service whose replicas are updated in turn needs to know what runs.
  const rolls = plan.services.some(({ containers, update }) => containers.length > update.parallelism);
  const running = rolls ? runningServices(plan.project).catch(() => []) : Promise.resolve([]);
  const services: Record<string, Service> = {};
  for (const service of plan.services) {
    services[service.name] = new Service(
      service.name,
      {
        ...{ ...shared, plan: service, services, running },
        handOvers: plan.handOvers.filter(({ to }) => to.service === service.name),
      },
      { parent: tiers[service.tier] },
    );
  }
  return services;
}

function makeTiers(plan: Plan, parent: pulumi.Resource): Record<string, Tier> {
  return Object.fromEntries(
    plan.tiers.map((tier) => {
      const services = plan.services.filter((service) => service.tier === tier).map(({ name }) => name);
      return [tier, new Tier(tier, { services }, { parent })];
    }),
  );
}
