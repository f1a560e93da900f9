import { z } from "zod";
import { heldBy } from "./names.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";

/**
 * A file in which the systems of a machine share out its host ports. People's own keys beside these are left alone.
 *
 * ```json
 * {
 *   "metadata": { "port_ranges": { "hercules": { "start": 8090, "end": 8099 } } },
 *   "allocations": { "8090": { "system": "hercules", "service": "api-gateway" } }
 * }
 * ```
 */
export const portRegistrySchema = z.object({
  metadata: z.object({
    /** The ports that may be allocated at all, by the name of the range, which is often a system's. */
    port_ranges: z.record(z.string(), z.object({ start: z.int(), end: z.int() })),
  }),
  /** Whose each port is. */
  allocations: z.record(z.string(), z.object({ system: z.string(), service: z.string().optional() })),
});

export type PortRegistry = z.infer<typeof portRegistrySchema>;

export interface PortRegistryCheck {
  readonly registry: PortRegistry;
  /** The registry's file, for messages. */
  readonly file: string;
  /** Whom the stack's ports have to be allocated to: the name of its program. */
  readonly owner: string;
}

/**
 * A mistake for every published host port that the registry does not allocate to the stack's owner, with a port to
 * take instead. A port that the engine chooses needs no allocation.
 */
export function checkPublishedPorts(model: Model, { registry, file, owner }: PortRegistryCheck): Finding[] {
  const published = Object.entries(model.services).flatMap(([service, definition]) =>
    heldBy(definition).map(({ index, held: { port } }) => ({ service, index, port })),
  );
  const taken = new Set(published.map(({ port }) => port));
  return published.flatMap(({ service, index, port }) => {
    const wrong = whyNot(registry, port, owner);
    if (wrong === undefined) return [];
    const free = freePort(registry, { wrong, owner, service, taken });
    if (free !== undefined) taken.add(free.port);
    return [
      mistake("port-not-allocated", {
        service,
        path: `services.${service}.ports.${index}`,
        message: `host port ${wrong.port} is not allocated to ${owner}: ${file} ${wrong.reason}`,
        fix: fixFor(free, wrong, { file, owner, service }),
      }),
    ];
  });
}

interface Wrong {
  readonly port: number;
  readonly reason: string;
  /** Whether it may be had for the asking. */
  readonly free: boolean;
}

function whyNot({ allocations, metadata }: PortRegistry, port: number, owner: string): Wrong | undefined {
  const allocation = allocations[String(port)];
  if (allocation !== undefined && allocation.system !== owner) {
    const service = allocation.service === undefined ? "" : ` (${allocation.service})`;
    return { port, reason: `allocates it to ${allocation.system}${service}`, free: false };
  }
  const ranges = Object.entries(metadata.port_ranges);
  if (!ranges.some(([, { start, end }]) => start <= port && port <= end)) {
    const listed = ranges.map(([name, { start, end }]) => `${name} ${start}-${end}`).join(", ");
    return { port, reason: `has it in none of its ranges (${listed})`, free: false };
  }
  return allocation === undefined ? { port, reason: "allocates it to nobody", free: true } : undefined;
}

interface Free {
  readonly port: number;
  /** Whether it is the owner's already, so that nothing has to be written into the registry. */
  readonly allocated: boolean;
}

/**
 * A port to take instead: the service's own, or the wrong one itself where it is only missing from the registry, or
 * the first that nobody has, of the owner's own range, of the one the wrong port lies in, of any other.
 */
function freePort(
  { allocations, metadata }: PortRegistry,
  of: { wrong: Wrong; owner: string; service: string; taken: ReadonlySet<number> },
): Free | undefined {
  const { wrong, owner, service, taken } = of;
  const own = Object.keys(allocations).find((number) => {
    const allocation = allocations[number];
    return allocation?.system === owner && allocation.service === service && !taken.has(Number(number));
  });
  if (own !== undefined) return { port: Number(own), allocated: true };
  if (wrong.free) return { port: wrong.port, allocated: false };
  const rank = ([name, { start, end }]: [string, { start: number; end: number }]) =>
    name === owner ? 0 : start <= wrong.port && wrong.port <= end ? 1 : 2;
  const ranges = Object.entries(metadata.port_ranges).sort((one, other) => rank(one) - rank(other));
  for (const [, { start, end }] of ranges) {
    for (let port = start; port <= end; port += 1) {
      if (!taken.has(port) && allocations[String(port)] === undefined) return { port, allocated: false };
    }
  }
  return undefined;
}

function fixFor(
  free: Free | undefined,
  wrong: Wrong,
  { file, owner, service }: { file: string; owner: string; service: string },
): string {
  if (free === undefined) return `widen a range of ${file}: every port of its ranges is allocated`;
  if (free.allocated) return `publish ${free.port}, which ${file} allocates to ${owner} (${service})`;
  const entry = `"${free.port}": ${JSON.stringify({ system: owner, service })}`;
  if (free.port === wrong.port) return `${free.port} is free: allocate it in ${file}, ${entry}`;
  return `publish ${free.port}, which is free, and allocate it in ${file}, ${entry}`;
}
