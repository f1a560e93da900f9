import type { Definitions } from "pulumi-compose";
import type { Certificate, EntryPoint, Service } from "pulumi-compose";
import { common, confined } from "./defaults.ts";
import { socketProxy, socketProxyAddress } from "./socket-proxy.ts";

/** Name of the service that routes are published on. */
export const gatewayService = "traefik";

/** An authority that gives the gateway its certificate by itself, by asking it over HTTP (RFC 8555). */
interface Acme {
  /** Where the authority writes to before a certificate ends. */
  readonly email: string;
  /** Host names of the certificate; the first is its own. */
  readonly domains: readonly string[];
  /** Directory of the authority; default Let's Encrypt's. */
  readonly server?: string | undefined;
}

export interface GatewayArgs {
  /** Compose project name. */
  readonly project: string;
  /** Whether Traefik's dashboard and API answer on port 8080, without a password. For development only. */
  readonly dashboard: boolean;
  /** How Traefik learns of routes: from files the program writes, or from container labels over the engine's socket. */
  readonly routing: "file" | "labels";
  /** Where the stack runs: in a swarm, Traefik asks a manager for the labels of services. */
  readonly target: "engine" | "swarm";
  /** Absolute path of the host directory of the route files. */
  readonly routesDirectory: string;
  /** With one of these, requests are taken by TLS, and those that are not are sent there. The paths are this machine's. */
  readonly tls?: Certificate | undefined;
  readonly acme?: Acme | undefined;
}

/** Where the gateway takes requests. */
export function entryPoint({ tls, acme }: Pick<GatewayArgs, "tls" | "acme">): EntryPoint {
  if (tls === undefined && acme === undefined) return { name: "web", port: "80/tcp", tls: false };
  return { name: "websecure", port: "443/tcp", tls: true, inherited: true };
}

/** Paths inside the container of what it answers with. */
export const certificate = { certFile: "/run/secrets/tls.crt", keyFile: "/run/secrets/tls.key" };

/**
 * The one way in: Traefik, on the frontend network only.
 */
export function gateway(args: GatewayArgs): Definitions {
  const { project, tls, acme } = args;
  const proxy = asksManager(args) ? socketProxy() : {};
  return {
    ...proxy,
    ...(tls === undefined
      ? {}
      : {
          // A config is read when the service starts: with another certificate it starts anew.
          configs: { ...proxy.configs, "tls.crt": { file: tls.certFile } },
          secrets: { "tls.key": { file: tls.keyFile } },
        }),
    ...(acme === undefined ? {} : { volumes: { acme: { name: `${project}-acme` } } }),
    services: {
      ...proxy.services,
      [gatewayService]: {
        ...common,
        ...confined,
        read_only: true,
        image: "traefik:v3.6",
        // The server reads them, and `traefik healthcheck` reads the same.
        environment: variables("TRAEFIK", staticConfiguration(args)),
        volumes: [
          ...routesFrom(args),
          ...(acme === undefined ? [] : [{ type: "volume" as const, source: "acme", target: "/acme" }]),
        ],
        ...(tls === undefined
          ? {}
          : {
              configs: [{ source: "tls.crt", target: certificate.certFile }],
              secrets: [{ source: "tls.key", target: certificate.keyFile }],
            }),
        networks: { frontend: null, ...(asksManager(args) ? { socket: null } : {}) },
        depends_on: {
          ...(asksManager(args) ? { "socket-proxy": { condition: "service_healthy" } } : {}),
          architect: { condition: "service_healthy" },
          "contract-engine": { condition: "service_healthy" },
          "codebase-intelligence": { condition: "service_healthy" },
        },
        healthcheck: {
          test: ["CMD", "traefik", "healthcheck"],
          interval: "10s",
          timeout: "5s",
          retries: 3,
          start_period: "15s",
        },
        stop_grace_period: "10s",
        deploy: { resources: { limits: { memory: "128M" } } },
      },
    },
  };
}

/** Whether Traefik learns of routes from a manager of a swarm. */
function asksManager({ routing, target }: Pick<GatewayArgs, "routing" | "target">): boolean {
  return routing === "labels" && target === "swarm";
}

/** What Traefik reads the routes from, where it mounts that. */
function routesFrom({ routing, target, routesDirectory }: GatewayArgs): NonNullable<Service["volumes"]> {
  if (asksManager({ routing, target })) return [];
  const [source, path] =
    routing === "file"
      ? [routesDirectory, "/etc/traefik/routes"]
      : ["/var/run/docker.sock", "/var/run/docker.sock"];
  return [{ type: "bind", source, target: path, read_only: true }];
}

/** https://doc.traefik.io/traefik/getting-started/configuration-overview/#the-install-configuration */
function staticConfiguration(args: GatewayArgs): Setting {
  const { dashboard, tls, acme } = args;
  const [main, ...sans] = acme?.domains ?? [];
  const toTls = { http: { redirections: { entryPoint: { to: "websecure", scheme: "https" } } } };
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    // `insecure` opens the API's own entry point on port 8080.
    ...(dashboard ? { api: { dashboard, insecure: true } } : {}),
    entryPoints: {
      web: { address: ":80", ...(tls === undefined && acme === undefined ? {} : toTls) },
      ...(tls === undefined ? {} : { websecure: { address: ":443", http: { tls: true } } }),
      ...(acme === undefined
        ? {}
        : {
            websecure: {
              address: ":443",
              http: { tls: { certResolver: "acme", domains: [{ main, sans: sans.join(",") }] } },
            },
          }),
    },
    ...(acme === undefined
      ? {}
      : {
          certificatesResolvers: {
            acme: {
              acme: {
                email: acme.email,
                storage: "/acme/acme.json",
                ...(acme.server === undefined ? {} : { caServer: acme.server }),
                httpChallenge: { entryPoint: "web" },
              },
            },
          },
        }),
    ping: { entryPoint: "web" },
    providers: {
      providersThrottleDuration: "100ms",
      ...provider(args),
    },
  };
}

/** Other stacks on the same engine, or in the same swarm, have labels of their own. */
function provider({ project, routing, target }: GatewayArgs): Record<string, Setting> {
  const ofProject = (label: string) => `Label(\`${label}\`, \`${project}\`)`;
  if (routing === "file") return { file: { directory: "/etc/traefik/routes", watch: true } };
  if (target === "engine") {
    const constraints = ofProject("com.docker.compose.project");
    return { docker: { exposedByDefault: false, network: `${project}-frontend`, constraints } };
  }
  return {
    swarm: {
      endpoint: socketProxyAddress,
      exposedByDefault: false,
      // A container that goes is asked no more after this time.
      refreshSeconds: "1",
      constraints: ofProject("com.docker.stack.namespace"),
    },
  };
}

type Setting = string | boolean | undefined | readonly Setting[] | { readonly [key: string]: Setting };

/** Traefik's variables are the configuration's paths in capitals; what stands in a list has its number. */
function variables(path: string, value: Setting): Record<string, string> {
  if (value === undefined || value === "") return {};
  if (typeof value !== "object") return { [path]: String(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, entry]) => variables(`${path}_${key.toUpperCase()}`, entry)),
  ) as Record<string, string>;
}
