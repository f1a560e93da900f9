import type { Service } from "../compose-spec/service.ts";
import type { Plan } from "../plan/plan.ts";
import { revisionOf } from "../plan/revision.ts";
import { recordOf, type Before, type ServiceRecord } from "./before.ts";
import type { Observed } from "./changes.ts";

/** The planned containers that a swarm makes anew: those of a service of which another part than the service's own labels changes. */
export function madeInSwarm(
  before: Before,
  plan: Plan,
  { networksMade, secretsMade = {} }: Pick<Observed, "networksMade" | "secretsMade">,
): string[] {
  const cut = before.networks.filter((key) => networksMade.includes(key));
  return plan.services.flatMap((service) => {
    const { name, containers } = service;
    const was = before.services[name];
    if (was === undefined) return containers.map((container) => container.name);
    const isSame =
      was.record !== undefined &&
      ofContainers(was.record) === ofContainers(recordOf(service)) &&
      (secretsMade[name] ?? []).length === 0 &&
      !cut.some((key) => Object.hasOwn(service.service.networks ?? {}, key));
    return containers.slice(isSame ? was.containers : 0).map((container) => container.name);
  });
}

/** What the containers of a service are made from; a route and `deploy.labels` are labels of the service itself. */
function ofContainers({ service, image, files }: ServiceRecord): string {
  const ofService: Service = {
    ...{
      "x-route": undefined,
      depends_on: undefined,
      profiles: undefined,
      expose: undefined,
      scale: undefined,
    },
    deploy: {
      ...service.deploy,
      ...{ labels: undefined, replicas: undefined, update_config: undefined, rollback_config: undefined },
    },
  };
  return revisionOf({ service: { ...service, ...ofService }, image, files });
}
