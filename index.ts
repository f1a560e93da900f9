import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { Project } from "./components/project.ts";
import { readConfig } from "./config.ts";
import { secrets, settings } from "./settings.ts";
import { foundation, foundationEnvironment } from "./tiers/foundation.ts";
import { entryPoint, gateway, gatewayService } from "./tiers/gateway.ts";
import { infra, infraEnvironment } from "./tiers/infra.ts";

const directory = import.meta.dirname;
const { config, mistakes } = readConfig({ settings, secrets });
const { project, logLevel, generatedFile } = config;
const database = { user: config.dbUser, name: config.dbName };

// It is mounted into the gateway, and a mount's source must be there, in a preview too.
const routesDirectory = `.state/routes/${project}`;
mkdirSync(resolve(directory, routesDirectory), { recursive: true });

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  mistakes,
  tiers: [
    { name: "infra", project: infra({ project, database }) },
    { name: "foundation", project: foundation({ project, logLevel }) },
    { name: "gateway", project: gateway({ ...config, routesDirectory }) },
    {
      name: "generated",
      files: generatedFile === "" ? [] : [generatedFile],
      profiles: config.profiles,
      environment: {
        ...infraEnvironment(database),
        ...foundationEnvironment,
        LOG_LEVEL: logLevel,
        ...config.environment,
      },
    },
  ],
  gateway: {
    service: gatewayService,
    entryPoint,
    ...(config.routing === "file" ? { directory: resolve(directory, routesDirectory) } : {}),
  },
}).outputs;
