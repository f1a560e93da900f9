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
    const givers = giversTo(service, planned, there);
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
 * A warning for every host port that a service gets, and that another service of the stack still has by then. Which nodes fit
 * is the swarm's to find: where another node has the port free, nothing stands in the way.
 *
 * @param plan What this `up` brings up, with the ports that are handed over in time.
 * @param there What the swarm has.
 */
export function portsHeldTooLong(plan: Plan, there: ServicesInSwarm): Finding[] {
  const { services, handOvers, leftAlone = [] } = plan;
  const planned = new Map(services.map((service) => [service.name, service]));
  return services.flatMap((service) =>
    giversTo(service, planned, there).flatMap(({ from, moved, goes }) => {
      const isHandedOver = handOvers.some(
        // Who leaves for one service has left for all.
        ({ from: giver, to }) => giver === from && (goes || to.service === service.name),
      );
      if (isHandedOver) return [];
      // Where only some services are brought up, no other one leaves.
      const { until, fix } = held(from, goes ? (leftAlone.length > 0 ? "stays" : "leaves") : "changes");
      return moved.map((port) =>
        warning("port-held-too-long", {
          service: service.name,
          path: `services.${service.name}.ports`,
          message: `${inWords(port)} is that of ${from}, ${until}: where no other node has the port free, this \`up\` fails at ${service.name}`,
          fix,
        }),
      );
    }),
  );
}

/** How long a service keeps its host ports within an `up`, and what to do about that. */
function held(
  service: string,
  what: "stays" | "leaves" | "changes",
): { readonly until: string; readonly fix: string } {
  switch (what) {
    case "stays":
      return { until: "which this `up` leaves alone", fix: "bring the whole stack up" };
    case "leaves":
      return {
        until: "which leaves the stack at the end of this `up`",
        fix: `take ${service} out of the stack in an \`up\` of its own first`,
      };
    case "changes":
      return {
        until: "which gives up the port later in this `up`",
        fix: `take the port from ${service} in an \`up\` of its own first`,
      };
  }
}

/**
 * The services that have a host port which a service gets, and that give the port up or leave.
 *
 * @param planned The services of the plan, by name.
 */
function giversTo(
  service: ServicePlan,
  planned: ReadonlyMap<string, ServicePlan>,
  there: ServicesInSwarm,
): {
  readonly from: string;
  readonly id: string;
  readonly moved: readonly string[];
  readonly goes: boolean;
}[] {
  const wanted = hostPorts(service);
  if (wanted.length === 0) return [];
  return Object.entries(there).flatMap(([from, { id, ports }]) => {
    const common = from === service.name ? [] : wanted.filter((port) => ports.includes(port));
    if (common.length === 0) return [];
    const giver = planned.get(from);
    const kept = giver === undefined ? [] : hostPorts(giver);
    const moved = common.filter((port) => !kept.includes(port));
    return moved.length === 0 ? [] : [{ from, id, moved, goes: giver === undefined }];
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
