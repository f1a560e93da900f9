import type { Definitions } from "../../compose-spec/definitions.ts";
import type { Port } from "../../compose-spec/port.ts";

/** A host port that a project publishes. */
export interface HostPort {
  readonly service: string;
  readonly port: Port & { readonly published: string };
}

/** The host ports that a project asks for by number. */
export function fixedHostPorts(definitions: Definitions): HostPort[] {
  return Object.entries(definitions.services ?? {}).flatMap(([service, { ports = [] }]) =>
    ports.flatMap(({ published, ...port }) =>
      // Of a range, the first port stands for all.
      published === undefined
        ? []
        : [{ service, port: { ...port, published: published.replace(/-.*/, "") } }],
    ),
  );
}

/** Where to look for another host port: the next one, or 8081 for 80, since the ports below 1024 are taken by custom. */
export function firstCandidate(published: number): number {
  return published < 1024 ? 8001 + published : published + 1;
}

/** What a further stack lays over a project that it shares the machine with. */
export interface Apart {
  readonly services: Readonly<Record<string, { readonly ports: readonly string[] }>>;
  readonly volumes: Readonly<Record<string, { readonly name: string }>>;
  readonly networks: Readonly<Record<string, { readonly name: string }>>;
  readonly reset: readonly string[];
}

/**
 * Gives a stack host ports, and names on the engine, of its own.
 *
 * @param chosen Host ports for those of `fixedHostPorts`, in the same order.
 */
export function keptApart(definitions: Definitions, stack: string, chosen: readonly number[]): Apart {
  const wanted = fixedHostPorts(definitions).map((entry, index) => ({ ...entry, published: chosen[index] }));
  const services = Object.entries(definitions.services ?? {});
  const renamed = (parts: Definitions["volumes"] | Definitions["networks"] = {}) =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([key, { name, external }]) =>
        name === undefined || external === true ? [] : [[key, { name: `${name}-${stack}` }]],
      ),
    );
  return {
    services: Object.fromEntries(
      services.flatMap(([name]) => {
        const ports = wanted.filter(({ service }) => service === name);
        return ports.length === 0
          ? []
          : [[name, { ports: ports.map(({ port, published }) => shortForm(port, published)) }]];
      }),
    ),
    volumes: renamed(definitions.volumes),
    networks: renamed(definitions.networks),
    reset: services.flatMap(([name, { container_name, ports = [] }]) => [
      // A container has a fixed name on one stack alone.
      ...(container_name === undefined ? [] : [`${name}.container_name`]),
      // Ports are laid over ports of the same target: two of one target would both stay.
      ...(hasTwoOfOneTarget(ports) ? [`${name}.ports`] : []),
    ]),
  };
}

function hasTwoOfOneTarget(ports: readonly Port[]): boolean {
  const targets = ports.map(({ target, protocol = "tcp" }) => `${target}/${protocol}`);
  return new Set(targets).size < targets.length;
}

function shortForm({ host_ip, target, protocol = "tcp" }: Port, published: number | undefined): string {
  const address = host_ip === undefined ? "" : `${host_ip.includes(":") ? `[${host_ip}]` : host_ip}:`;
  return `${address}${published ?? ""}:${target}${protocol === "tcp" ? "" : `/${protocol}`}`;
}
