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
      message: `reserves ${least.memory} of memory but is limited to ${most.memory}`,
      fix: "reserve at most the limit",
    }),
  ];
}
