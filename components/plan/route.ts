import { createHash } from "node:crypto";
import { healthPath, routeName, type Route } from "../compose-spec/route.ts";
import { wayHeader } from "./package-names.ts";

/** Where the gateway takes requests (https://doc.traefik.io/traefik/routing/entrypoints/). */
export interface EntryPoint {
  /** Its name in Traefik's static configuration. */
  readonly name: string;
  /** The gateway's container port, as in its `ports`: `80/tcp`. */
  readonly port: string;
  /** Whether the entry point takes requests by TLS. */
  readonly tls: boolean;
  /** Whether the static configuration says `http.tls` for every route of the entry point. Default false: each route says it. */
  readonly inherited?: boolean;
}

/** A certificate with its key: paths of PEM files. */
export interface Certificate {
  /** The certificate, followed by the certificates of its issuers. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** The part of Traefik's dynamic configuration a route becomes (https://doc.traefik.io/traefik/routing/overview/). */
export interface DynamicConfiguration {
  readonly http: {
    readonly routers: Record<string, Router>;
    readonly middlewares?: Record<string, Middleware>;
    readonly services: Record<string, { loadBalancer: LoadBalancer }>;
  };
}

type Middleware =
  | { readonly stripPrefix: { readonly prefixes: readonly string[] } }
  | { readonly replacePath: { readonly path: string } }
  | { readonly headers: { readonly customResponseHeaders: Readonly<Record<string, string>> } };

interface Router {
  readonly rule: string;
  readonly entryPoints: readonly string[];
  readonly middlewares?: readonly string[];
  readonly service: string;
  readonly tls?: Record<string, never>;
}

interface LoadBalancer {
  readonly servers: readonly { readonly url: string }[];
  /** Takes a service that no longer serves out of the pool, also where Traefik does not see Docker's own health. */
  readonly healthCheck?: {
    readonly path: string;
    readonly interval: string;
    readonly unhealthyInterval: string;
  };
}

/**
 * Traefik's dynamic configuration for one route.
 *
 * @param servers Names that the gateway resolves to the service's containers.
 */
export function dynamicConfiguration(
  route: Route,
  servers: readonly string[],
  entryPoint: EntryPoint,
): DynamicConfiguration {
  const name = routeName(route);
  const { prefix } = route;
  const strip = `${name}-strip`;
  const healthCheck = { path: healthPath(route), interval: "10s", unhealthyInterval: "1s" };
  return {
    http: {
      routers: {
        [name]:
          prefix === undefined
            ? routerOf(route, entryPoint)
            : routerOf(route, entryPoint, below(prefix), strip),
      },
      ...(prefix === undefined ? {} : { middlewares: { [strip]: { stripPrefix: { prefixes: [prefix] } } } }),
      services: {
        [name]: {
          loadBalancer: {
            servers: serversAt(route, servers),
            healthCheck,
          },
        },
      },
    },
  };
}

/** A prefix takes the path itself and what lies below: to Traefik's `PathPrefix` alone, `/api/ordersx` begins with `/api/orders`. */
function below(prefix: string): string {
  return `(Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`))`;
}

/** A way to a route's service: by its host, if it has one, and by what a request's path has to match. */
function routerOf(
  route: Route,
  { name: entryPoint, tls, inherited = false }: EntryPoint,
  path?: string,
  middleware?: string,
): Router {
  const rules = [
    ...(route.host === undefined ? [] : [`Host(\`${route.host}\`)`]),
    ...(path === undefined ? [] : [path]),
  ];
  return {
    rule: rules.join(" && "),
    entryPoints: [entryPoint],
    ...(middleware === undefined ? {} : { middlewares: [middleware] }),
    service: routeName(route),
    ...(tls && !inherited ? { tls: {} } : {}),
  };
}

/**
 * Path that exactly this state of a route answers on, with its service's health: from the outside, a gateway that has
 * taken it up cannot otherwise be told from one that still has the state before.
 */
export function statePath(route: Route, servers: readonly string[]): string {
  const state = createHash("sha256")
    .update(JSON.stringify([route, servers]))
    .digest("hex");
  return `/-/routes/${routeName(route)}/${state.slice(0, 12)}`;
}

/** A way of the program's own to a service's health, beside a route's. */
function wayTo(
  path: string,
  name: string,
  service: string,
  route: Route,
  entryPoint: EntryPoint,
): { readonly routers: Record<string, Router>; readonly middlewares: Record<string, Middleware> } {
  const marked = `${name}-marked`;
  const router = routerOf(route, entryPoint, `Path(\`${path}\`)`);
  return {
    routers: { [name]: { ...router, middlewares: [name, marked], service } },
    middlewares: {
      [name]: { replacePath: { path: healthPath(route) } },
      [marked]: { headers: { customResponseHeaders: { [wayHeader]: path } } },
    },
  };
}

/** The dynamic configuration as the file provider reads it, with the path of its own state. */
export function routeFile(
  route: Route,
  servers: readonly string[],
  entryPoint: EntryPoint,
): DynamicConfiguration {
  const { http } = dynamicConfiguration(route, servers, entryPoint);
  const name = routeName(route);
  const way = wayTo(statePath(route, servers), `${name}-state`, name, route, entryPoint);
  return {
    http: {
      ...http,
      routers: { ...http.routers, ...way.routers },
      middlewares: { ...http.middlewares, ...way.middlewares },
    },
  };
}

/** Path of the trial: the new servers answer there with their health, before the route moves to them. */
export function trialPath(route: Route, servers: readonly string[]): string {
  return `${statePath(route, servers)}/trial`;
}

/** A route file as it was, and a further way to the new servers, which the program alone takes. */
export function withTrial(
  before: DynamicConfiguration,
  route: Route,
  servers: readonly string[],
  entryPoint: EntryPoint,
): DynamicConfiguration {
  const { http } = before;
  const trial = `${routeName(route)}-trial`;
  const way = wayTo(trialPath(route, servers), trial, trial, route, entryPoint);
  return {
    http: {
      routers: { ...http.routers, ...way.routers },
      middlewares: { ...http.middlewares, ...way.middlewares },
      services: { ...http.services, [trial]: { loadBalancer: { servers: serversAt(route, servers) } } },
    },
  };
}

/**
 * The name by which the gateway finds a container: its own, or, where that is longer than a label of the DNS may be,
 * the short id, which the engine resolves for every container too.
 */
export function serverName(container: { readonly name: string; readonly id: string }): string {
  return container.name.length <= 63 ? container.name : container.id.slice(0, 12);
}

/** The names of the servers that a route file leads to; none where the file is no route file. */
export function serversOf(file: DeepPartial<DynamicConfiguration> | null, name: string): readonly string[] {
  const servers = file?.http?.services?.[name]?.loadBalancer?.servers ?? [];
  return servers.flatMap((server) => (server?.url === undefined ? [] : [new URL(server.url).hostname]));
}

type DeepPartial<T> = T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> } : T;

function serversAt({ port }: Route, servers: readonly string[]): LoadBalancer["servers"] {
  return servers.map((server) => ({ url: `http://${server}:${port}` }));
}

/** A route in a line, for people: `/api/orders/* → http://orders-service:8080/*`. */
export function describeRoute({ host = "", prefix = "", port }: Route, service: string): string {
  return `${host}${prefix}/* → http://${service}:${port}/*`;
}

/**
 * The same configuration as labels for Traefik's Docker provider, which finds the container's address by itself and
 * therefore takes a port in place of the servers' addresses.
 */
export function routeLabels(route: Route, entryPoint: EntryPoint): Record<string, string> {
  const { http } = dynamicConfiguration(route, [], entryPoint);
  const name = routeName(route);
  const service = `traefik.http.services.${name}.loadbalancer`;
  return {
    "traefik.enable": "true",
    ...flatten("traefik.http.routers", http.routers),
    ...(http.middlewares === undefined ? {} : flatten("traefik.http.middlewares", http.middlewares)),
    [`${service}.server.port`]: String(route.port),
    ...flatten(`${service}.healthcheck`, http.services[name]?.loadBalancer.healthCheck),
  };
}

/** Traefik's labels are the configuration's paths in lower case; lists are joined with commas, `{}` is true. */
function flatten(path: string, value: unknown): Record<string, string> {
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0)
    return { [path]: "true" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, entry]) => flatten(`${path}.${key.toLowerCase()}`, entry)),
  ) as Record<string, string>;
}
