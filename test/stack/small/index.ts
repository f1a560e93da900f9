import { join } from "node:path";
import { Project, readConfig, routesDirectory, type Service } from "pulumi-compose";
import { secrets, settings } from "../../../systems/super-agent-team/settings.ts";
import { common, httpHealthcheck } from "../../../systems/super-agent-team/tiers/defaults.ts";
import { foundation, foundationEnvironment } from "../../../systems/super-agent-team/tiers/foundation.ts";
import { entryPoint, gateway, gatewayService } from "../../../systems/super-agent-team/tiers/gateway.ts";
import { infra, infraEnvironment } from "../../../systems/super-agent-team/tiers/infra.ts";

/**
 * Super Agent Team with one foundation service and one generated service: PostgreSQL with its data, Redis, a job, a
 * service that holds a volume and one that holds nothing, behind the gateway.
 */
const directory = join(import.meta.dirname, "..", "..", "..", "systems", "super-agent-team");
const { config, mistakes } = readConfig({ settings, secrets, directory });
const { project, logLevel } = config;
const database = { user: config.dbUser, name: config.dbName };
const routeFiles = routesDirectory(project);

const { services: { "contract-engine": contractEngine = {} } = {} } = foundation({ project, logLevel });
const { services: { [gatewayService]: traefik = {} } = {}, ...gatewayParts } = gateway({
  ...config,
  routesDirectory: routeFiles,
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
  healthcheck: httpHealthcheck(8080, "/health"),
  stop_grace_period: "10s",
  "x-route": { prefix: "/api/auth", port: 8080 },
};

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  mistakes,
  tiers: [
    { name: "infra", definitions: infra({ project, database }) },
    {
      name: "foundation",
      definitions: {
        services: { "contract-engine": contractEngine },
        volumes: { "contract-data": { name: `${project}-contract-data` } },
      },
    },
    {
      name: "gateway",
      definitions: {
        ...gatewayParts,
        services: {
          [gatewayService]: {
            ...traefik,
            depends_on: { "contract-engine": { condition: "service_healthy" } },
          },
        },
      },
    },
    { name: "generated", definitions: { services: { "auth-service": authService } } },
  ],
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    directory: routeFiles,
  },
}).outputs;
