import type { Service } from "../compose-spec/service.ts";
import { bytes } from "../compose-spec/units.ts";
import type { Found } from "./found.ts";

export function limits(name: string, service: Service): Found {
  const { limits: most, reservations: least } = service.deploy?.resources ?? {};
  const path = `services.${name}.deploy.resources.reservations`;
  const found: Found[number][] = [];
  if (most?.memory !== undefined && least?.memory !== undefined && bytes(least.memory) > bytes(most.memory)) {
    found.push({
      path: `${path}.memory`,
      message: `reserves ${least.memory} of memory but is limited to ${most.memory}`,
      fix: "reserve at most the limit",
    });
  }
  return found;
}
