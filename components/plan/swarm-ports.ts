import { own } from "../compose-spec/own.ts";
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
export function handOversInSwarm({ project, services }: Plan, there: ServicesInSwarm): HandOver[] {
  const planned = new Map(services.map((service) => [service.name, service]));
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
    const givers = Object.entries(there).flatMap(([from, { id, ports }]) => {
      const giver = planned.get(from);
      const kept = giver === undefined ? [] : hostPorts(giver);
      const moved = hostPorts(service).filter((port) => ports.includes(port) && !kept.includes(port));
      return from === name || moved.length === 0 ? [] : [{ from, id, moved, goes: giver === undefined }];
    });
    const isNew = own(there, name) === undefined;
    const gone = givers.find(({ from, goes }) => goes && isNew && !taken.has(from));
    if (gone !== undefined) taken.add(gone.from);
    return givers.flatMap((giver) => {
      const { from, id, moved, goes } = giver;
      if (goes ? giver !== gone : isBefore(name, from)) return [];
      if (!goes) before.get(name)?.push(from);
      return moved.map((port) => ({
        ...{ what: `host port ${port.replace(/\/tcp$/, "")}`, from },
        holder: { id, name: swarmName(from, project) },
        to: { project, service: name, number: 1, revision },
        ...{ isRunning: true, isName: false, isReplaced: false },
      }));
    });
  });
}

function hostPorts({ service: { ports = [] } }: ServicePlan): string[] {
  return ports.flatMap(({ published, protocol = "tcp" }) =>
    published === undefined ? [] : [`${published}/${protocol}`],
  );
}
