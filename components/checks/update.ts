import type { Model } from "../model/model.ts";
import { impossibleUpdatesIn } from "../plan/update.ts";
import type { Found } from "./found.ts";

/** Updates that are to be start-first, of services of which there can only be one container at a time. */
export function updateOrders(model: Model): Found {
  return impossibleUpdatesIn(model).map(({ service, reason }) => ({
    path: `services.${service}.deploy.update_config.order`,
    message: `asks for start-first, but ${reason}`,
    fix: "take the order away (the service is then updated stop-first, with a gap), or what it stands against",
  }));
}
