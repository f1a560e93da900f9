import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { tlsMistakes } from "./checkout/certificate.ts";
import { Project } from "./components/project.ts";
import { readConfig } from "./config.ts";
import { secrets, settings } from "./settings.ts";
import { certificate, entryPoint, gatewayService } from "./tiers/gateway.ts";
import { tiers } from "./tiers/stack.ts";

const directory = import.meta.dirname;
const { config, mistakes } = readConfig({ settings, secrets });
const { project } = config;

// It is mounted into the gateway, and a mount's source must be there, in a preview too.
const routesDirectory = `.state/routes/${project}`;
mkdirSync(resolve(directory, routesDirectory), { recursive: true });

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  mistakes: [...mistakes, ...tlsMistakes(config, directory)],
  tiers: tiers({ ...config, routesDirectory }),
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    ...(config.routing === "file" ? { directory: resolve(directory, routesDirectory) } : {}),
    ...(config.tls === undefined ? {} : { certificates: [certificate] }),
  },
}).outputs;
