import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Project } from "../../../components/project.ts";
import { readConfig } from "../../../config.ts";
import type { Service } from "../../../model/service.ts";
import { secrets, settings } from "../../../settings.ts";
import { common, pythonHealthcheck } from "../../../tiers/defaults.ts";
import { foundation, foundationEnvironment } from "../../../tiers/foundation.ts";
import { entryPoint, gateway, gatewayService } from "../../../tiers/gateway.ts";
import { infra, infraEnvironment } from "../../../tiers/infra.ts";

/**
 * Super Agent Team with one foundation service and one generated service: PostgreSQL with its data, Redis, a job, a
 * service that holds a volume and one that holds nothing, behind the gateway.
 */
const directory = resolve(import.meta.dirname, "..", "..", "..");
const { config, mistakes } = readConfig({ settings, secrets });
const { project, logLevel } = config;
const database = { user: config.dbUser, name: config.dbName };

const routesDirectory = `.state/routes/${project}`;
mkdirSync(resolve(directory, routesDirectory), { recursive: true });

const { services: { "contract-engine": contractEngine = {} } = {} } = foundation({ project, logLevel });
const { services: { [gatewayService]: traefik = {} } = {}, ...gatewayParts } = gateway({
  ...config,
  routesDirectory,
});

const authService: Service = {
  ...common,
  build: { context: "services", dockerfile: "auth-service/Dockerfile" },
  environment: { ...infraEnvironment(database), ...foundationEnvironment, LOG_LEVEL: logLevel },
  networks: { frontend: null, backend: null },
  depends_on: {
    migrations: { condition: "service_completed_successfully" },
    redis: { condition: "service_healthy" },
  },
  healthcheck: pythonHealthcheck(8080, "/health"),
  stop_grace_period: "10s",
  "x-route": { prefix: "/api/auth", port: 8080 },
};

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  mistakes,
  tiers: [
    { name: "infra", project: infra({ project, database }) },
    {
      name: "foundation",
      project: {
        services: { "contract-engine": contractEngine },
        volumes: { "contract-data": { name: `${project}-contract-data` } },
      },
    },
    {
      name: "gateway",
      project: {
        ...gatewayParts,
        services: {
          [gatewayService]: {
            ...traefik,
            depends_on: { "contract-engine": { condition: "service_healthy" } },
          },
        },
      },
    },
    { name: "generated", project: { services: { "auth-service": authService } } },
  ],
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    directory: resolve(directory, routesDirectory),
  },
}).outputs;
