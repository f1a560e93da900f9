import type { Stack } from "../stack/stack.ts";
import { impossibleUpdatesIn } from "../plan/update.ts";
import type { Found } from "./found.ts";

/** Updates that are to be start-first, of services of which there can only be one container at a time. */
export function updateOrders(stack: Stack): Found {
  return impossibleUpdatesIn(stack).map(({ service, reason }) => ({
    path: `services.${service}.deploy.update_config.order`,
    message: `asks for start-first, but ${reason}`,
    fix: "take the order away (the service is then updated stop-first, with a gap), or what it stands against",
  }));
}
