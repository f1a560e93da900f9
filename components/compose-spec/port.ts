import { z } from "zod";
import { orShort } from "./short-form.ts";
import { keys, scalar, text } from "./values.ts";

const shortPort =
  /^(?:(?<host_ip>\d+\.\d+\.\d+\.\d+|\[[^\]]+\]):)?(?:(?<published>\d*(?:-\d+)?):)?(?<target>\d+(?:-\d+)?)(?:\/(?<protocol>tcp|udp|sctp))?$/;

/** `8000-8002` as its first and last number; one number is both. */
function range(ports: string): readonly [first: number, last: number] {
  const [first = "", last = first] = ports.split("-");
  return [Number(first), Number(last)];
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

function isPort(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65535;
}

const port = keys(
  {
    /** Port inside the container. */
    target: z.number().int().min(1).max(65535),
    /** Host port; without it, Docker chooses a free one. A range is refused: the Docker provider cannot ask for one. */
    published: scalar.refine(isPort, "write one port, 1 to 65535, or leave it out").optional(),
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

export const ports = orShort(z.array(port), z.array(z.union([text, z.number(), port])), (value) =>
  Array.isArray(value) ? value.flatMap(longPorts) : value,
);

export type Port = z.infer<typeof port>;
