import { own } from "../compose-spec/own.ts";
import type { Model } from "../model/model.ts";
import { impossibleUpdatesIn } from "../model/update.ts";
import { mistake, warning, type Finding } from "../findings/finding.ts";

/**
 * Updates that are to be start-first, of services of which there can only be one container at a time. A Compose file may
 * say so for a cluster, and Compose itself passes the key over; stack config and definitions in TypeScript mean it.
 */
export function updateOrders(model: Model): Finding[] {
  return impossibleUpdatesIn(model).map(({ service, reason }) => {
    const said = {
      service,
      path: `services.${service}.deploy.update_config.order`,
      message: `start-first is impossible: ${reason}`,
      fix: "remove the order (the service is then updated stop-first, with a gap), or remove what prevents start-first",
    };
    if (!isComposeFiles(service, model)) return mistake("start-first-impossible", said);
    const message = `${said.message}; the service is updated stop-first, with a gap`;
    return warning("start-first-impossible", { ...said, message, fix: "remove what prevents start-first" });
  });
}

/** Whether a Compose file, and nothing that is laid over it, gives the order of a service's updates. */
function isComposeFiles(service: string, { sources }: Model): boolean {
  const by = sources.findLast(
    ({ definitions }) => own(definitions.services ?? {}, service)?.deploy?.update_config?.order !== undefined,
  );
  return by?.compose === true;
}
