import { replicasOf, type Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { bytes, mebibytes } from "../compose-spec/units.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** The Docker provider counts memory in mebibytes. */
export function roundedMemory(service: Service): Finding[] {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const sizes = {
    mem_limit: service.mem_limit,
    mem_reservation: service.mem_reservation,
    memswap_limit: service.memswap_limit,
    shm_size: service.shm_size,
    "deploy.resources.limits.memory": limits?.memory,
    "deploy.resources.reservations.memory": reservations?.memory,
  };
  return Object.entries(sizes).flatMap(([path, size]) =>
    size === undefined || Number(size) === -1 || bytes(size) % 1024 ** 2 === 0
      ? []
      : [
          warning("rounded-memory", {
            path,
            message: `${size} is rounded up to ${mebibytes(size)}M: the Docker provider takes whole mebibytes only`,
            fix: "write a whole number of mebibytes",
          }),
        ],
  );
}

/** Whether any service has a memory limit, without which there is nothing to add up. */
export function limitsMemory(model: Model): boolean {
  return limitsOf(model).length > 0;
}

/**
 * Limits that add up to more than the engine's machine has: then it is the kernel that chooses whom to end.
 *
 * @param memory Bytes that the machine has.
 */
export function memoryOvercommitted(model: Model, memory: number | undefined): Finding[] {
  const limits = limitsOf(model).sort((one, other) => other.bytes - one.bytes);
  const total = limits.reduce((sum, limit) => sum + limit.bytes, 0);
  const [largest] = limits;
  if (memory === undefined || largest === undefined || total <= memory) return [];
  const listed = limits.slice(0, 3).map((limit) => `${limit.service} ${gibibytes(limit.bytes)}`);
  const [all, machine] = apart(total, memory);
  const more = limits.length > 3 ? ", …" : "";
  return [
    warning("memory-overcommitted", {
      service: largest.service,
      path: `services.${largest.service}.${largest.key}`,
      message:
        `the memory limits add up to ${all} on a machine that has ${machine} ` +
        `(${listed.join(", ")}${more}); this limit is the largest`,
      fix: "lower the limits, or run fewer services at a time",
    }),
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
