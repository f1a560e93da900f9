import { replicasOf } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { bytes } from "../compose-spec/units.ts";
import type { Warning } from "../findings/warning.ts";

/** Whether any service has a memory limit, without which there is nothing to add up. */
export function limitsMemory(model: Model): boolean {
  return limitsOf(model).length > 0;
}

/**
 * Limits that add up to more than the engine's machine has: then it is the kernel that chooses whom to end.
 *
 * @param memory Bytes that the machine has.
 */
export function memoryOvercommitted(model: Model, memory: number | undefined): Omit<Warning, "file">[] {
  const limits = limitsOf(model).sort((one, other) => other.bytes - one.bytes);
  const total = limits.reduce((sum, limit) => sum + limit.bytes, 0);
  const [largest] = limits;
  if (memory === undefined || largest === undefined || total <= memory) return [];
  const listed = limits.slice(0, 3).map((limit) => `${limit.service} ${gibibytes(limit.bytes)}`);
  const [all, machine] = apart(total, memory);
  const more = limits.length > 3 ? ", …" : "";
  return [
    {
      name: "memory-overcommitted",
      service: largest.service,
      path: `services.${largest.service}.${largest.key}`,
      message:
        `is the largest of the memory limits, which add up to ${all} on a machine that has ` +
        `${machine} (${listed.join(", ")}${more})`,
      fix: "lower them, or run less at a time",
    },
  ];
}

interface Limit {
  readonly service: string;
  readonly key: string;
  readonly bytes: number;
}

/** Of all of a service's containers. A job's memory is free again when it has ended. */
function limitsOf(model: Model): Limit[] {
  const ends = (name: string) =>
    Object.values(model.services).some(
      ({ depends_on }) => depends_on?.[name]?.condition === "service_completed_successfully",
    );
  return Object.entries(model.services).flatMap(([name, service]) => {
    const deployed = service.deploy?.resources?.limits?.memory;
    const limit = deployed ?? service.mem_limit;
    if (limit === undefined || ends(name)) return [];
    const key = deployed === undefined ? "mem_limit" : "deploy.resources.limits.memory";
    return [{ service: name, key, bytes: bytes(limit) * replicasOf(service) }];
  });
}

/** Two sizes in a unit in which they differ. */
function apart(more: number, less: number): readonly [string, string] {
  const [one, other] = [gibibytes(more), gibibytes(less)];
  if (one !== other) return [one, other];
  return [`${Math.ceil(more / 1024 ** 2)} MiB`, `${Math.floor(less / 1024 ** 2)} MiB`];
}

function gibibytes(size: number): string {
  return `${Math.round((size / 1024 ** 3) * 10) / 10} GiB`;
}
