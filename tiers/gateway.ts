import { stringify } from "yaml";
import type { Project } from "../model/project.ts";
import type { EntryPoint } from "../model/route.ts";
import { common } from "./defaults.ts";

/** Name of the service that routes are published on, and of its container port that takes requests. */
export const gatewayService = "traefik";
export const entryPoint: EntryPoint = { name: "web", port: "80/tcp", tls: false };

export interface GatewayArgs {
  /** Compose project name. */
  readonly project: string;
  /** Whether Traefik's dashboard and API answer on port 8080, without a password. For development only. */
  readonly dashboard: boolean;
  /** How Traefik learns of routes: from files the program writes, or from container labels over the engine's socket. */
  readonly routing: "file" | "labels";
  /** Host directory of the route files, relative to the project. */
  readonly routesDirectory: string;
}

/**
 * The one way in: Traefik, on the frontend network only.
 */
export function gateway(args: GatewayArgs): Project {
  return {
    // One static file: the server reads it, and `traefik healthcheck` reads the same.
    configs: { "traefik.yml": { content: stringify(staticConfiguration(args)) } },
    services: {
      [gatewayService]: {
        ...common,
        image: "traefik:v3.6",
        configs: [{ source: "traefik.yml", target: "/etc/traefik/traefik.yml" }],
        volumes: [
          args.routing === "file"
            ? { type: "bind", source: args.routesDirectory, target: "/etc/traefik/routes", read_only: true }
            : {
                type: "bind",
                source: "/var/run/docker.sock",
                target: "/var/run/docker.sock",
                read_only: true,
              },
        ],
        networks: { frontend: null },
        depends_on: {
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

/** https://doc.traefik.io/traefik/getting-started/configuration-overview/#the-static-configuration */
function staticConfiguration({ project, dashboard, routing }: GatewayArgs): unknown {
  return {
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    // `insecure` opens the API's own entry point on port 8080.
    api: { dashboard, insecure: dashboard },
    entryPoints: { web: { address: ":80" } },
    ping: { entryPoint: "web" },
    providers:
      routing === "file"
        ? { providersThrottleDuration: "100ms", file: { directory: "/etc/traefik/routes", watch: true } }
        : {
            providersThrottleDuration: "100ms",
            docker: {
              exposedByDefault: false,
              network: `${project}-frontend`,
              // Other stacks on the same engine have labels of their own.
              constraints: `Label(\`com.docker.compose.project\`, \`${project}\`)`,
            },
          },
  };
}
