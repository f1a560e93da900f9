import { z } from "zod";

/**
 * A service's way through the gateway. Everything Traefik needs is derived from it, in two encodings of one object:
 * a dynamic-configuration file, and container labels.
 */
export const routeSchema = z.strictObject({
  /** Path prefix of every request that belongs to the service, `/api/architect`. */
  prefix: z
    .string()
    .regex(/^\/[\w\-./]*[\w-]$/, "write a path such as /api/orders, without a slash at its end"),
  /** Port the service listens on inside its container. */
  port: z.number().int().min(1).max(65535),
  /** Name of Traefik's router, service and middleware; default: the last part of the prefix. */
  name: z.string().optional(),
  /** Path, without the prefix, that tells whether the service serves; `/health` when absent. */
  health: z.string().optional(),
});

export type Route = z.infer<typeof routeSchema>;

/** The name a route has in Traefik, whose labels know neither capitals nor dots within a name. */
export function routeName(route: Route): string {
  const name = route.name ?? route.prefix.split("/").at(-1) ?? route.prefix;
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** The part of Traefik's dynamic configuration a route becomes (https://doc.traefik.io/traefik/routing/overview/). */
export interface DynamicConfiguration {
  readonly http: {
    readonly routers: Record<
      string,
      { rule: string; entryPoints: string[]; middlewares: string[]; service: string }
    >;
    readonly middlewares: Record<string, { stripPrefix: { prefixes: string[] } }>;
    readonly services: Record<string, { loadBalancer: LoadBalancer }>;
  };
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
 * @param host Name the gateway resolves to the service's container.
 */
export function dynamicConfiguration(route: Route, host: string): DynamicConfiguration {
  const name = routeName(route);
  const servers = [{ url: `http://${host}:${route.port}` }];
  const healthCheck = { path: healthPath(route), interval: "10s", unhealthyInterval: "1s" };
  return {
    http: {
      routers: {
        [name]: {
          rule: `PathPrefix(\`${route.prefix}\`)`,
          entryPoints: ["web"],
          middlewares: [`${name}-strip`],
          service: name,
        },
      },
      middlewares: { [`${name}-strip`]: { stripPrefix: { prefixes: [route.prefix] } } },
      services: { [name]: { loadBalancer: { servers, healthCheck } } },
    },
  };
}

/** A route in a line, for people: `/api/orders/* → http://super-team-orders-service-1:8080/*`. */
export function describeRoute(route: Route, host: string): string {
  return `${route.prefix}/* → http://${host}:${route.port}/*`;
}

/**
 * The same configuration as labels for Traefik's Docker provider, which finds the container's address by itself and
 * therefore takes a port in place of the servers' addresses.
 */
export function routeLabels(route: Route): Record<string, string> {
  const { http } = dynamicConfiguration(route, "");
  const name = routeName(route);
  const service = `traefik.http.services.${name}.loadbalancer`;
  return {
    "traefik.enable": "true",
    ...flatten("traefik.http.routers", http.routers),
    ...flatten("traefik.http.middlewares", http.middlewares),
    [`${service}.server.port`]: String(route.port),
    ...flatten(`${service}.healthcheck`, http.services[name]?.loadBalancer.healthCheck),
  };
}

/** Traefik's labels are the configuration's paths in lower case; lists are joined with commas. */
function flatten(path: string, value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, entry]) => flatten(`${path}.${key.toLowerCase()}`, entry)),
  ) as Record<string, string>;
}
