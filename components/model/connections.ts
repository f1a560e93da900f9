import { hostsIn, usualPort } from "./urls.ts";

/**
 * Which services of a project talk to which, as far as their containers tell: by `depends_on`, and by URLs in
 * environment values.
 */

/** A container as far as connections are concerned. */
export interface Connected {
  readonly service: string;
  /** Names under which the others find it. */
  readonly names: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Services that it waits for and that stay: no service talks to a job that has ended. */
  readonly dependsOn: readonly string[];
  /** TCP ports that it, or its image, exposes. */
  readonly ports: readonly number[];
}

export interface Connection {
  readonly from: string;
  readonly to: string;
  /** The name that `from` calls it by. */
  readonly host: string;
  /** Ports one of which has to answer: the one a URL names, or all that the other exposes; none when it is missing. */
  readonly ports: readonly number[];
}

/**
 * Every connection once, in the containers' order and by name. A dependency that a URL names as well is checked on the URL's
 * port; one on a service that exposes nothing is no connection.
 */
export function connectionsOf(containers: readonly Connected[]): Connection[] {
  return containers.flatMap((from) => {
    const connections = new Map<string, Connection>();
    for (const { scheme, host, port: written } of Object.values(from.environment).flatMap(hostsIn)) {
      const to = containers.find(({ names }) => names.includes(host));
      const port = written ?? usualPort(scheme);
      if (to === undefined || to.service === from.service || port === undefined) continue;
      connections.set(`${to.service}:${port}`, {
        from: from.service,
        to: to.service,
        host,
        ports: [port],
      });
    }
    const named = new Set([...connections.values()].map(({ to }) => to));
    for (const service of from.dependsOn.filter((dependency) => !named.has(dependency))) {
      const to = containers.find((container) => container.service === service);
      if (to?.ports.length === 0) continue;
      connections.set(service, { from: from.service, to: service, host: service, ports: to?.ports ?? [] });
    }
    // An environment has no order of its own.
    return [...connections.values()].sort(
      (one, other) => one.to.localeCompare(other.to, "en") || (one.ports[0] ?? 0) - (other.ports[0] ?? 0),
    );
  });
}

/** Reads Compose's label of dependencies: `postgres:service_healthy:false,migrations:service_completed_successfully:false`. */
export function dependenciesIn(label: string): string[] {
  return label.split(",").flatMap((entry) => {
    const [service = "", condition] = entry.split(":");
    return service === "" || condition === "service_completed_successfully" ? [] : [service];
  });
}
