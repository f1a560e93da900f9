import { mistake, type Finding } from "../findings/finding.ts";
import type { EngineContainer, HeldAddress } from "../model/facts.ts";
import { claimsOf, holders, type Claim } from "./claims.ts";
import type { Plan, ServicePlan } from "./plan.ts";

/** What one container at a time can have, and what goes from one container to another within one update. */
export interface HandOver {
  /** For people: `host port 8080`, ``container name `proxy` ``, `address 10.5.0.9`. */
  readonly what: string;
  /** The container that has it now, and that goes or changes in this update. */
  readonly holder: Pick<EngineContainer, "id" | "name">;
  /** Who that is, for people: its service, or the container's name where the service is the taker's. */
  readonly from: string;
  readonly to: Taker;
  /** Whether the holder runs. From a holder that does not, only its name has to be taken. */
  readonly isRunning: boolean;
  /** Whether it is the holder's name. */
  readonly isName: boolean;
  /** Whether the holder is the container that this one replaces. What is told of the replacement tells of that. */
  readonly isReplaced: boolean;
}

/** The container that is to have it. The engine knows the container by these as labels. */
export interface Taker {
  readonly project: string;
  readonly service: string;
  /** The container's number within the service. */
  readonly number: number;
  /** What the container is made from. */
  readonly revision: string;
}

/** What goes from one service to another, in words. */
export function describeHandOvers(handOvers: readonly HandOver[]): string[] {
  return handOvers
    .filter(({ isReplaced }) => !isReplaced)
    .map(({ what, from, to, isRunning, isName }) => {
      const first = [...(isRunning ? ["stopped"] : []), ...(isName ? ["renamed"] : [])].join(" and ");
      return `${what} moves from ${from} to ${to.service}: ${from} is ${first} first`;
    });
}

/**
 * What changes hands between the containers of a project. Where the container that has it now stays as it is, or is not
 * the stack's, there is a mistake instead. The host ports and names that other stacks have are the checks' to find.
 *
 * @param engine Every container that the engine has, and the addresses that containers have.
 */
export function handOversIn(
  plan: Plan,
  engine: { readonly containers: readonly EngineContainer[]; readonly addresses: readonly HeldAddress[] },
): { readonly handOvers: readonly HandOver[]; readonly mistakes: readonly Finding[] } {
  const places = placesIn(plan, engine.containers);
  const holdersOf = holders(engine.containers, engine.addresses);
  const handOvers: HandOver[] = [];
  const mistakes: Finding[] = [];
  for (const service of plan.services) {
    for (const container of service.containers) {
      const { number } = container;
      const to = { project: plan.project, service: service.name, number, revision: service.revision };
      for (const claim of claimsOf(service, container, plan.networks)) {
        for (const holder of holdersOf(claim)) {
          const isOther = holder.project !== plan.project;
          const isOwn = places.isIn(holder, to);
          const isReplaced = isOwn && service.givesWay && places.goes(holder);
          if ((isOwn && !isReplaced) || (isOther && claim.kind !== "address")) continue;
          if (places.goes(holder)) handOvers.push({ ...handOver(claim, holder, to), isReplaced });
          else mistakes.push(taken(claim, holder, service, plan.project));
        }
      }
    }
  }
  return { handOvers, mistakes };
}

/**
 * Which container of a project is which one of the plan. Of several in one place the state knows the newest, which the
 * engine lists first; earlier updates have left the others, and this update removes them.
 */
function placesIn({ project, services }: Plan, containers: readonly EngineContainer[]) {
  const key = (service: string, number: number) => `${service} ${number}`;
  const keyOf = ({ service = "", number = 1 }: EngineContainer) => key(service, number);
  const ours = containers.filter(({ byCompose, ...other }) => other.project === project && !byCompose);
  const newest = new Map(ours.toReversed().map((container) => [keyOf(container), container]));
  const revisions = new Map(
    services.flatMap(({ name, revision, containers: planned }) =>
      planned.map(({ number }) => [key(name, number), revision] as const),
    ),
  );
  const stays = (container: EngineContainer) => {
    const revision = revisions.get(keyOf(container));
    const isNewest = newest.get(keyOf(container)) === container;
    return isNewest && revision !== undefined && container.revision?.startsWith(revision) === true;
  };
  return {
    isIn: (container: EngineContainer, { service, number }: Taker): boolean =>
      newest.get(key(service, number)) === container,
    /** Whether the update removes the container, or makes it anew. */
    goes: (container: EngineContainer): boolean => ours.includes(container) && !stays(container),
  };
}

function handOver({ what, kind }: Claim, { id, name, service, state }: EngineContainer, to: Taker) {
  const from = service === undefined || service === to.service ? name : service;
  const isRunning = !["created", "exited", "dead"].includes(state);
  return { what, holder: { id, name }, from, to, isRunning, isName: kind === "name" };
}

const fixes = {
  port: "choose another host port, or leave it out: Docker then chooses a free one",
  name: "choose another name, or remove the key",
  address: "choose another address; `ip_range` of the network keeps apart what Docker chooses itself",
};

function taken(
  { what, path, kind }: Claim,
  holder: EngineContainer,
  { name: service }: ServicePlan,
  project: string,
): Finding {
  return mistake(`${kind}-taken`, {
    service,
    path: `services.${service}.${path}`,
    message: `${what} is already used by container \`${holder.name}\`${whose(holder, project)}`,
    fix: fixes[kind],
  });
}

function whose({ project, service = "", byCompose }: EngineContainer, own: string): string {
  if (project !== own) return project === undefined ? "" : ` of stack ${project}`;
  return byCompose ? ", which docker compose created" : ` of ${service}, which this update does not change`;
}
