import type { Service } from "../compose-spec/service.ts";
import { bytes } from "../compose-spec/units.ts";
import { mistake, type Finding } from "../findings/finding.ts";

export function limits({ deploy }: Service): Finding[] {
  const { limits: most, reservations: least } = deploy?.resources ?? {};
  if (most?.memory === undefined || least?.memory === undefined) return [];
  if (bytes(least.memory) <= bytes(most.memory)) return [];
  return [
    mistake("reservation-over-limit", {
      path: "deploy.resources.reservations.memory",
      message: `the reservation of ${least.memory} is larger than the memory limit of ${most.memory}`,
      fix: "reserve no more than the limit",
    }),
  ];
}
