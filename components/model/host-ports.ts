import { range, type Port } from "../compose-spec/port.ts";
import { replicasOf, type Service } from "../compose-spec/service.ts";

/** Whether a port may be any of a range of host ports. */
export function isRanged({ published = "" }: Port): boolean {
  return published.includes("-");
}

/**
 * The ports of each container of a service, at the places that they have in the service. Of a range of host ports, a
 * container gets the first that no other port of the service and no earlier container has; `undefined` where none is left.
 * A further container changes nothing for the earlier ones.
 */
export function portsByContainer(service: Service): (readonly (Port | undefined)[])[] {
  const { ports = [] } = service;
  const key = (number: number, { protocol = "tcp" }: Port) => `${number}/${protocol}`;
  const fixed = ports.filter((port) => !isRanged(port));
  const taken = new Set(fixed.map((port) => key(Number(port.published), port)));
  const next = ports.map((port) => range(port.published ?? "")[0]);
  const chosen = (port: Port, index: number): Port | undefined => {
    const [, last] = range(port.published ?? "");
    let number = next[index] ?? 0;
    while (taken.has(key(number, port))) number += 1;
    next[index] = number;
    if (number > last) return undefined;
    taken.add(key(number, port));
    return { ...port, published: String(number) };
  };
  return Array.from({ length: replicasOf(service) }, () =>
    ports.map((port, index) => (isRanged(port) ? chosen(port, index) : port)),
  );
}
