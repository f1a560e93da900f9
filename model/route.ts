import { z } from "zod";

/**
 * A service's way through the gateway. Everything Traefik needs is derived from it, in two encodings of one object:
 * a dynamic-configuration file, and container labels.
 */
export const routeSchema = z
  .strictObject({
    /** Host name of every request that belongs to the service, `api.example.com`; any when absent. */
    host: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, "write a host name such as api.example.com")
      .optional(),
    /** Path prefix of every request that belongs to the service, `/api/architect`; it is stripped. */
    prefix: z
      .string()
      .regex(/^\/[\w\-./]*[\w-]$/, "write a path such as /api/orders, without a slash at its end")
      .optional(),
    /** Port the service listens on inside its container. */
    port: z.number().int().min(1).max(65535),
    /** Name of Traefik's router, service and middleware; default: the prefix's last part, the host's first. */
    name: z.string().optional(),
    /** Path, without the prefix, that tells whether the service serves; `/health` when absent. */
    health: z.string().optional(),
  })
  .refine(({ host, prefix }) => host !== undefined || prefix !== undefined, {
    error: "write a `prefix`, a `host` or both",
    path: ["prefix"],
  });

export type Route = z.infer<typeof routeSchema>;

/** Where the gateway takes requests (https://doc.traefik.io/traefik/routing/entrypoints/). */
export interface EntryPoint {
  /** Its name in Traefik's static configuration. */
  readonly name: string;
  /** The gateway's container port, as in its `ports`: `80/tcp`. */
  readonly port: string;
  /** Whether it speaks TLS. */
  readonly tls: boolean;
}

/** A certificate with its key, as PEM files: paths inside the gateway's container. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The name a route has in Traefik, whose labels know neither capitals nor dots within a name. */
export function routeName(route: Route): string {
  const name = route.name ?? route.prefix?.split("/").at(-1) ?? route.host?.split(".").at(0) ?? "";
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** The part of Traefik's dynamic configuration a route becomes (https://doc.traefik.io/traefik/routing/overview/). */
export interface DynamicConfiguration {
  readonly http: {
    readonly routers: Record<string, Router>;
    readonly middlewares?: Record<string, { stripPrefix: { prefixes: string[] } }>;
    readonly services: Record<string, { loadBalancer: LoadBalancer }>;
  };
}

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
  readonly healthCheck: {
    readonly path: string;
    readonly interval: string;
    readonly unhealthyInterval: string;
  };
}

/** Path, without the prefix, on which a routed service says that it serves. */
export function healthPath(route: Route): string {
  return route.health ?? "/health";
}

/**
 * Traefik's dynamic configuration for one route, as the file provider reads it.
 *
 * @param server Name the gateway resolves to the service's container.
 */
export function dynamicConfiguration(
  route: Route,
  server: string,
  { name: entryPoint, tls }: EntryPoint,
): DynamicConfiguration {
  const name = routeName(route);
  const { host, prefix } = route;
  const rules = [
    ...(host === undefined ? [] : [`Host(\`${host}\`)`]),
    ...(prefix === undefined ? [] : [`PathPrefix(\`${prefix}\`)`]),
  ];
  const strip = `${name}-strip`;
  const servers = [{ url: `http://${server}:${route.port}` }];
  const healthCheck = { path: healthPath(route), interval: "10s", unhealthyInterval: "1s" };
  return {
    http: {
      routers: {
        [name]: {
          rule: rules.join(" && "),
          entryPoints: [entryPoint],
          ...(prefix === undefined ? {} : { middlewares: [strip] }),
          service: name,
          ...(tls ? { tls: {} } : {}),
        },
      },
      ...(prefix === undefined ? {} : { middlewares: { [strip]: { stripPrefix: { prefixes: [prefix] } } } }),
      services: { [name]: { loadBalancer: { servers, healthCheck } } },
    },
  };
}

/** A route in a line, for people: `/api/orders/* → http://super-team-orders-service-1:8080/*`. */
export function describeRoute({ host = "", prefix = "", port }: Route, server: string): string {
  return `${host}${prefix}/* → http://${server}:${port}/*`;
}

/**
 * The same configuration as labels for Traefik's Docker provider, which finds the container's address by itself and
 * therefore takes a port in place of the servers' addresses.
 */
export function routeLabels(route: Route, entryPoint: EntryPoint): Record<string, string> {
  const { http } = dynamicConfiguration(route, "", entryPoint);
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
