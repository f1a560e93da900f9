import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import type { Plan, ServicePlan } from "./plan.ts";

/**
 * The part of a plan that some services need: these services, what they depend on, and the networks and volumes of all of
 * them.
 */
export function selected(plan: Plan, wanted: readonly string[]): Plan {
  const byName = new Map(plan.services.map((service) => [service.name, service]));
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const { service } of byName.get(name)?.waitsFor ?? []) visit(service);
  };
  wanted.forEach(visit);
  const services = plan.services.filter(({ name }) => needed.has(name));
  const leftAlone = plan.services.filter(({ name }) => !needed.has(name));
  const networks = new Set(services.flatMap(({ service }) => Object.keys(service.networks ?? {})));
  const volumes = new Set(services.flatMap(mounted));
  return {
    ...plan,
    services,
    leftAlone,
    // Who is left alone keeps what it has.
    handOvers: plan.handOvers.filter(
      ({ to, from }) => needed.has(to.service) && !leftAlone.some(({ name }) => name === from),
    ),
    networks: Object.fromEntries(Object.entries(plan.networks).filter(([key]) => networks.has(key))),
    volumes: Object.fromEntries(Object.entries(plan.volumes).filter(([, { name }]) => volumes.has(name))),
  };
}

/** Names on the engine. */
function mounted({ service: { volumes = [] } }: ServicePlan): string[] {
  return volumes.flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : []));
}

/**
 * A mistake for every service that is wanted and that the stack does not have.
 *
 * @param withoutProfile Profiles by the services that the stack does not have for want of one of them.
 */
export function unknownServices(
  wanted: readonly string[],
  services: readonly string[],
  withoutProfile: Readonly<Record<string, readonly string[]>>,
): Finding[] {
  return wanted
    .filter((name) => !services.includes(name))
    .map((name) => {
      const [profile] = withoutProfile[name] ?? [];
      return mistake("unknown-service", {
        path: `services.${name}`,
        message:
          profile === undefined
            ? `there is no service \`${name}\``
            : `the service \`${name}\` is of the profile \`${profile}\`, which the stack does not have`,
        fix:
          profile === undefined
            ? suggestion(name, [...services, ...Object.keys(withoutProfile)])
            : `add the profile: --profile ${profile}`,
      });
    });
}
