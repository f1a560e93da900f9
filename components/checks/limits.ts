import type { Service } from "../compose-spec/service.ts";
import { bytes, milliseconds } from "../compose-spec/units.ts";
import { mistake, type Finding } from "../findings/finding.ts";

/** The least memory that the engine limits a container to, or reserves. */
const leastMemory = "6M";

/** Limits that the engine refuses, each by itself or beside another. */
export function limits(service: Service): Finding[] {
  return [...memory(service), ...processors(service), ...probes(service)];
}

interface Size {
  readonly path: string;
  readonly size: string | number;
}

/** Of several keys that say the same, the first that is set; 0 is not set. */
function firstOf(sizes: Readonly<Record<string, string | number | undefined>>): Size | undefined {
  return Object.entries(sizes).flatMap(([path, size]) =>
    size === undefined || bytes(size) === 0 ? [] : [{ path, size }],
  )[0];
}

function memory({ deploy, mem_limit, mem_reservation, memswap_limit }: Service): Finding[] {
  const { limits: most, reservations: least } = deploy?.resources ?? {};
  const limit = firstOf({ "deploy.resources.limits.memory": most?.memory, mem_limit });
  const reserved = firstOf({ "deploy.resources.reservations.memory": least?.memory, mem_reservation });
  const swap =
    memswap_limit === undefined || [-1, 0].includes(Number(memswap_limit)) ? undefined : memswap_limit;
  const found: Finding[] = [];
  for (const { path, size } of [limit, reserved].filter((given) => given !== undefined)) {
    // The provider takes whole mebibytes, and what is just below counts as the least.
    if (bytes(size) > bytes(leastMemory) - 1024 ** 2) continue;
    const message = `${size} is less than the ${leastMemory} that a container has at least`;
    found.push(mistake("invalid-value", { path, message, fix: `write ${leastMemory} or more` }));
  }
  if (limit !== undefined && reserved !== undefined && bytes(reserved.size) > bytes(limit.size)) {
    const message = `the reservation of ${reserved.size} is larger than the memory limit of ${limit.size}`;
    const fix = "reserve no more than the limit";
    found.push(mistake("reservation-over-limit", { path: reserved.path, message, fix }));
  }
  if (swap !== undefined && (limit === undefined || bytes(swap) < bytes(limit.size))) {
    const message =
      limit === undefined
        ? "memory and swap are limited together, and memory by itself is not"
        : `memory and swap together are limited to ${swap}, and memory alone to ${limit.size}`;
    const fix = "write a mem_limit that is no larger";
    found.push(mistake("invalid-value", { path: "memswap_limit", message, fix }));
  }
  return found;
}

function processors({ cpus, deploy, cpu_period = 0, cpu_quota = 0, blkio_config }: Service): Finding[] {
  const found: Finding[] = [];
  if (cpu_period !== 0 && (cpu_period < 1000 || cpu_period > 1_000_000)) {
    const message = `${cpu_period} microseconds are no scheduling period`;
    const fix = "write 1000 to 1000000 microseconds";
    found.push(mistake("invalid-value", { path: "cpu_period", message, fix }));
  }
  if (cpu_quota > 0 && cpu_quota < 1000) {
    const message = `${cpu_quota} microseconds are less than the engine gives`;
    const fix = "write 1000 microseconds or more";
    found.push(mistake("invalid-value", { path: "cpu_quota", message, fix }));
  }
  if ((deploy?.resources?.limits?.cpus ?? cpus) !== undefined && (cpu_period > 0 || cpu_quota > 0)) {
    const message = "the engine takes a number of CPUs, or a period and a quota, and not both";
    const path = cpu_quota > 0 ? "cpu_quota" : "cpu_period";
    found.push(mistake("invalid-value", { path, message, fix: "keep one of the two" }));
  }
  const weight = blkio_config?.weight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) {
    const message = `${weight} is no weight`;
    found.push(mistake("invalid-value", { path: "blkio_config.weight", message, fix: "write 10 to 1000" }));
  }
  return found;
}

/** The engine measures a health check's times in milliseconds at least; 0 is its default. */
function probes({ healthcheck = {} }: Service): Finding[] {
  const { interval, timeout, start_period, start_interval } = healthcheck;
  return Object.entries({ interval, timeout, start_period, start_interval }).flatMap(([key, time]) => {
    if (time === undefined || milliseconds(time) === 0 || milliseconds(time) >= 1) return [];
    const path = `healthcheck.${key}`;
    return [
      mistake("invalid-value", {
        path,
        message: `${time} is less than a millisecond`,
        fix: "write 1ms or more",
      }),
    ];
  });
}
