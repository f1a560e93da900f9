import { z } from "zod";
import { orShort } from "./short-form.ts";
import { keys, scalar, text } from "./values.ts";

/** Each published port is an argument of its own to the Docker provider, which takes no range, and a process to the engine. */
export const mostPorts = 1000;

const shortPort =
  /^(?:(?<host_ip>\d+\.\d+\.\d+\.\d+|\[[^\]]+\]):)?(?:(?<published>\d*(?:-\d+)?):)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp|sctp))?$/;

/** `8000-8002` as its first and last number; one number is both. */
export function range(ports: string): readonly [first: number, last: number] {
  const [first = "", last = first] = ports.split("-");
  return [Number(first), Number(last)];
}

/** How many container ports a short form stands for. */
export function portsIn(value: unknown): number {
  const [first, last] = range(shortPort.exec(String(value))?.groups?.target ?? "0");
  return Math.max(1, last - first + 1);
}

/** What one short form means: a range of container ports is as many ports. */
function longPorts(value: unknown): readonly unknown[] {
  if (typeof value === "number") return [{ target: value }];
  const groups = typeof value === "string" ? shortPort.exec(value)?.groups : undefined;
  if (groups === undefined) return [value];
  const { host_ip, published, target = "", protocol } = groups;
  const [first, last] = range(target);
  const [firstPublished, lastPublished] = published ? range(published) : [undefined, undefined];
  const isRange = last > first && last - first < 65536;
  // Host ports are given one by one, or Compose would not take them either.
  if (isRange && firstPublished !== undefined && lastPublished - firstPublished !== last - first)
    return [value];
  return Array.from({ length: isRange ? last - first + 1 : 1 }, (_, index) => ({
    target: first + index,
    ...(published ? { published: isRange ? String((firstPublished ?? 0) + index) : published } : {}),
    ...(host_ip ? { host_ip: host_ip.replace(/^\[|\]$/g, "") } : {}),
    ...(protocol ? { protocol } : {}),
  }));
}

/** One host port, or the first and the last of a range. */
function isPublished(value: string): boolean {
  if (!/^\d+(?:-\d+)?$/.test(value)) return false;
  const [first, last] = range(value);
  return first >= 1 && first <= last && last <= 65535;
}

const port = keys(
  {
    /** Port inside the container. */
    target: z.number().int().min(1).max(65535),
    /** Host port, or a range of which each container gets one; without it, Docker chooses a free one. */
    published: scalar
      .refine(isPublished, "write a port, 1 to 65535, or a range such as 8000-8010, or leave it out")
      .optional(),
    /** Host address, such as `127.0.0.1`; default every address. */
    host_ip: text.optional(),
    /** `tcp`, `udp` or `sctp`; default `tcp`. */
    protocol: z.enum(["tcp", "udp", "sctp"]).optional(),
    /** Only a cluster tells `host` and `ingress` apart. */
    mode: z.enum(["ingress", "host"]).optional(),
    /** Has no effect: it only describes the port. */
    name: text.optional(),
    /** Has no effect: it only describes the port. */
    app_protocol: text.optional(),
  },
  "write [host address:][host port:]container port[/udp], or the long form with `target`",
);

export const tooManyPorts = `publish ${mostPorts} ports or fewer, or set network_mode to host, which publishes none`;

export const ports = orShort(
  z.array(port).max(mostPorts, tooManyPorts),
  z.array(z.union([text, z.number(), port])),
  (value) => (Array.isArray(value) ? lengthened(value) : value),
);

/** All ports in the long form; of too many, no more than shows that there are too many. */
function lengthened(value: readonly unknown[]): readonly unknown[] {
  const long: unknown[] = [];
  for (const entry of value) {
    if (long.length > mostPorts) break;
    long.push(...longPorts(entry).slice(0, mostPorts + 1));
  }
  return long.map(withAnyFree);
}

/** Host port 0 stands for any that is free, and so does none. */
function withAnyFree(port: unknown): unknown {
  if (typeof port !== "object" || port === null || !("published" in port)) return port;
  const { published, ...others } = port;
  return String(published) === "0" ? others : port;
}

export type Port = z.infer<typeof port>;
