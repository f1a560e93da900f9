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

/** The name a route has in Traefik, whose labels know neither capitals nor dots within a name. */
export function routeName(route: Route): string {
  const name = route.name ?? route.prefix?.split("/").at(-1) ?? route.host?.split(".").at(0) ?? "";
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}

/** Path, without the prefix, on which a routed service says that it serves. */
export function healthPath(route: Route): string {
  return route.health ?? "/health";
}
