import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";

/** A host that a text names in a URL or as `host:port`. */
export interface Host {
  /** `http`, `postgresql`; empty for a bare `host:port`. */
  readonly scheme: string;
  /** As it is written, an IPv6 address without its brackets. */
  readonly host: string;
  /** As it is written; a scheme's own port is not filled in. */
  readonly port: number | undefined;
}

/** A host that a service's environment, or its command, names. */
export interface NamedHost extends Host {
  /** The key it stands at, below the service. */
  readonly path: string;
  /** The variable, as far as it is one's. */
  readonly variable: string;
}

const url =
  /(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:[^@/\s]*@)?(?<host>\[[^\]\s]+\]|[\w.-]+)(?::(?<port>\d{1,5})\b)?/gi;
const bare = /^(?<host>[\w.-]+):(?<port>\d{1,5})$/;

/** A word that stands as a host does: behind `://` or `@`, or before a port; a user, who stands before an `@`, does not. */
const standing = /(?:(?<=:\/\/|@)[\w.-]+|(?<![\w.-])[\w.-]+(?=:\d{1,5}\b))(?![\w.-])(?![^\s/@,]*@)/g;

/** Ports of URLs that name none. */
const usualPorts: Readonly<Record<string, number>> = {
  amqp: 5672,
  amqps: 5671,
  http: 80,
  https: 443,
  mariadb: 3306,
  mongodb: 27017,
  mysql: 3306,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  rediss: 6379,
  smtp: 25,
};

/** The port that a scheme's servers usually have; SQLAlchemy's `postgresql+psycopg2` is PostgreSQL's. */
export function usualPort(scheme: string): number | undefined {
  return own(usualPorts, scheme.split("+")[0] ?? "");
}

/** Every host that a service names in its environment and its command, in the order in which they are written. */
export function hostsNamedBy({ environment = {}, command = [] }: Service): NamedHost[] {
  return [
    ...Object.entries(environment).flatMap(([variable, value]) =>
      hostsIn(value ?? "").map((named) => ({ path: `environment.${variable}`, variable, ...named })),
    ),
    ...command.flatMap((word, index) =>
      hostsIn(word).map((named) => ({ path: `command.${index}`, variable: "", ...named })),
    ),
  ];
}

/** Hosts whose addresses the service itself says. */
export function hostsAddedTo({ extra_hosts = [] }: Service): string[] {
  return extra_hosts.map((entry) => entry.split(/[=:]/)[0] ?? "");
}

/** Every host that a text names, in the order in which they are written. */
export function hostsIn(text: string): Host[] {
  const matches = [...text.matchAll(url)];
  const alone = matches.length === 0 ? bare.exec(text) : null;
  return [...matches, ...(alone === null ? [] : [alone])].map(({ groups = {} }) => ({
    scheme: (groups.scheme ?? "").toLowerCase(),
    host: (groups.host ?? "").replace(/^\[|\]$/g, ""),
    port: groups.port === undefined ? undefined : Number(groups.port),
  }));
}

/** Every word of a text that may be a host, in lists, in sentences and in configuration files of all kinds. */
export function wordsForHosts(text: string): string[] {
  return [...text.matchAll(standing)].map(([word]) => word);
}

/** The container ports that a service is known to have: published, exposed, routed to, or asked by its health check. */
export function portsOf({
  ports = [],
  expose = [],
  healthcheck,
  "x-route": route,
}: Service): ReadonlySet<number> {
  const asked = (healthcheck?.test ?? []).flatMap((word) =>
    [...word.matchAll(/(?:localhost|127\.0\.0\.1|\[::1\]):(\d+)/g)].map(([, port]) => Number(port)),
  );
  return new Set([
    ...ports.map(({ target }) => target),
    ...expose.map((entry) => Number(entry.split("/")[0])),
    ...asked,
    ...(route === undefined ? [] : [route.port]),
  ]);
}
