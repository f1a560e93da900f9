import { own } from "../compose-spec/own.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { recordOf, type Before, type ServiceRecord } from "./before.ts";

/** What a stack comes to by its definitions, kept so that others can be compared with it where no state can be read. */
export interface Base extends Before {
  /** Compose project name. */
  readonly project: string;
  /** Definitions of the networks, by their keys. */
  readonly defined: Readonly<Record<string, string>>;
}

/** @param routes The gateway's routes in words, by name. */
export function baseOf({ project, services, networks, volumes }: Plan, routes: Before["routes"]): Base {
  const made = Object.entries(networks).filter(([, { external }]) => external !== true);
  return {
    project,
    services: Object.fromEntries(
      services.map((service) => [
        service.name,
        { containers: service.containers.length, record: recordOf(service) },
      ]),
    ),
    networks: made.map(([key]) => key),
    volumes: Object.fromEntries(
      Object.entries(volumes).flatMap(([key, { name, external }]) =>
        external === true ? [] : [[key, name]],
      ),
    ),
    routes,
    defined: Object.fromEntries(made.map(([key, network]) => [key, JSON.stringify(network)])),
  };
}

/** What an update from a base would make, by the definitions alone: a secret of another value is not known of. */
export function madeBetween(
  base: Base,
  { services, networks }: Plan,
): { readonly made: readonly string[]; readonly networksMade: readonly string[] } {
  const networksMade = Object.entries(networks).flatMap(([key, network]) =>
    network.external === true || own(base.defined, key) === JSON.stringify(network) ? [] : [key],
  );
  const anew = new Set<string>();
  const made = services.flatMap((service) => {
    const was = own(base.services, service.name);
    const record = was?.record;
    const isMade =
      record === undefined ||
      differs(record, service) ||
      Object.keys(service.service.networks ?? {}).some((key) => networksMade.includes(key)) ||
      service.waitsFor.some(({ service: other, restart }) => restart && anew.has(other));
    if (isMade) anew.add(service.name);
    return service.containers.slice(isMade ? 0 : was?.containers).map(({ name }) => name);
  });
  return { made, networksMade };
}

function differs(was: ServiceRecord, service: ServicePlan): boolean {
  const is = recordOf(service);
  return [was.revision !== is.revision, was.image !== is.image].includes(true) || !sameFiles(was, is);
}

function sameFiles({ files: was }: ServiceRecord, { files: is }: ServiceRecord): boolean {
  const targets = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return targets.every((target) => own(was, target) === own(is, target));
}
