import type { Model } from "../model/model.ts";
import { impossibleUpdatesIn } from "../model/update.ts";
import { mistake, type Finding } from "../findings/finding.ts";

/** Updates that are to be start-first, of services of which there can only be one container at a time. */
export function updateOrders(model: Model): Finding[] {
  return impossibleUpdatesIn(model).map(({ service, reason }) =>
    mistake("start-first-impossible", {
      service,
      path: `services.${service}.deploy.update_config.order`,
      message: `start-first is impossible: ${reason}`,
      fix: "remove the order (the service is then updated stop-first, with a gap), or remove what prevents start-first",
    }),
  );
}
