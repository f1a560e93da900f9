import { own } from "../compose-spec/own.ts";
import { warning, type Finding } from "../findings/finding.ts";
import type { ServicesInSwarm } from "../model/swarm.ts";
import type { HandOver } from "./hand-over.ts";
import type { Plan, ServicePlan } from "./plan.ts";
import { swarmName } from "./swarm.ts";

/**
 * The host ports that go from one service of a stack to another one within an update. A swarm finds no node for a container
 * as long as another one has its port there. So a service that goes is removed before the new service is made that gets its
 * port: one such service at most, and none for a service that is there already. A service that stays is changed before the
 * other one, unless it waits for the other one itself.
 *
 * @param there What the swarm has.
 */
export function handOversInSwarm(plan: Plan, there: ServicesInSwarm): HandOver[] {
  const { project, services } = plan;
  const before = new Map(
    services.map(({ name, waitsFor }) => [name, waitsFor.map(({ service }) => service)]),
  );
  const isBefore = (one: string, other: string): boolean => {
    const reached = new Set([other]);
    for (const name of reached) for (const next of before.get(name) ?? []) reached.add(next);
    return reached.has(one);
  };
  const taken = new Set<string>();
  return services.flatMap((service) => {
    const { name, revision } = service;
    const givers = giversTo(service, plan, there);
    const isNew = own(there, name) === undefined;
    const gone = givers.find(({ from, goes }) => goes && isNew && !taken.has(from));
    if (gone !== undefined) taken.add(gone.from);
    return givers.flatMap((giver) => {
      const { from, id, moved, goes } = giver;
      if (goes ? giver !== gone : isBefore(name, from)) return [];
      if (!goes) before.get(name)?.push(from);
      return moved.map((port) => ({
        ...{ what: inWords(port), from },
        holder: { id, name: swarmName(from, project) },
        to: { project, service: name, number: 1, revision },
        ...{ isRunning: true, isName: false, isReplaced: false },
      }));
    });
  });
}

/**
 * A warning for every host port that a service gets before the service of before has given the port up. Which nodes fit is
 * the swarm's to find: where another node has the port free, nothing stands in the way.
 *
 * @param plan With the ports that are handed over in time.
 * @param there What the swarm has.
 */
export function portsHeldTooLong(plan: Plan, there: ServicesInSwarm): Finding[] {
  return plan.services.flatMap((service) =>
    giversTo(service, plan, there).flatMap(({ from, moved, goes }) => {
      const isHandedOver = (port: string) =>
        plan.handOvers.some(
          ({ what, from: giver, to }) =>
            to.service === service.name && giver === from && what === inWords(port),
        );
      return moved
        .filter((port) => !isHandedOver(port))
        .map((port) =>
          warning("port-held-too-long", {
            service: service.name,
            path: `services.${service.name}.ports`,
            message: `${inWords(port)} is that of ${from}, which ${goes ? "leaves the stack" : "gives up the port"} later in this \`up\`: a node that runs ${from} cannot run ${service.name} until then`,
            fix: `${goes ? `take ${from} out of the stack` : `take the port from ${from}`} in an \`up\` of its own first`,
          }),
        );
    }),
  );
}

/** The services that had a host port which a service gets, and whether they leave the stack. */
function giversTo(service: ServicePlan, { services }: Plan, there: ServicesInSwarm) {
  return Object.entries(there).flatMap(([from, { id, ports }]) => {
    const giver = services.find(({ name }) => name === from);
    const kept = giver === undefined ? [] : hostPorts(giver);
    const moved = hostPorts(service).filter((port) => ports.includes(port) && !kept.includes(port));
    return from === service.name || moved.length === 0
      ? []
      : [{ from, id, moved, goes: giver === undefined }];
  });
}

function inWords(port: string): string {
  return `host port ${port.replace(/\/tcp$/, "")}`;
}

function hostPorts({ service: { ports = [] } }: ServicePlan): string[] {
  return ports.flatMap(({ published, protocol = "tcp" }) =>
    published === undefined ? [] : [`${published}/${protocol}`],
  );
}
