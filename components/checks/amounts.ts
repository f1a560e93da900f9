import { replicasOf } from "../compose-spec/service.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";

/** Far more than one engine was ever seen to run; Pulumi's state of them would be 40 MB. */
const mostContainers = 5000;

/** A mistake for a stack of more containers than one engine holds, at the service that has most of them. */
export function amounts(model: Model): Finding[] {
  const counts = Object.entries(model.services).map(([name, service]) => ({
    name,
    count: replicasOf(service),
  }));
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const [largest] = counts.sort((one, other) => other.count - one.count);
  if (total <= mostContainers || largest === undefined) return [];
  const { scale } = model.services[largest.name] ?? {};
  return [
    mistake("invalid-value", {
      service: largest.name,
      path: `services.${largest.name}.${scale === undefined ? "deploy.replicas" : "scale"}`,
      message: `the stack has ${total} containers, ${largest.count} of this service`,
      fix: `run ${mostContainers} containers or fewer`,
    }),
  ];
}
