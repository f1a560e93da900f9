import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";
import { tlsMistakes } from "./certificate.ts";
import { secrets, settings } from "./settings.ts";
import { certificate, entryPoint, gatewayService } from "./tiers/gateway.ts";
import { tiers } from "./tiers/stack.ts";

const directory = import.meta.dirname;
const { config, mistakes } = readConfig({ settings, secrets });
const { project } = config;

// It is mounted into the gateway, and a mount's source must be there, in a preview too.
const routesDirectory = join(directory, "..", "..", ".state", "routes", project);
mkdirSync(routesDirectory, { recursive: true });

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  mistakes: [...mistakes, ...tlsMistakes(config, directory)],
  tiers: tiers({ ...config, routesDirectory }),
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    ...(config.routing === "file" ? { directory: routesDirectory } : {}),
    ...(config.tls === undefined ? {} : { certificates: [certificate] }),
  },
}).outputs;
