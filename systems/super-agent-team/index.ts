import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { Project, readConfig, routesDirectory } from "pulumi-compose";
import { tlsMistakes } from "./certificate.ts";
import { withoutEffect } from "./environment.ts";
import { secrets, settings } from "./settings.ts";
import { certificate, entryPoint, gatewayService } from "./tiers/gateway.ts";
import { tiers } from "./tiers/stack.ts";

const directory = import.meta.dirname;
const { config, mistakes } = readConfig({ settings, secrets, directory });
const { project } = config;
const cpus = "the reservation of CPUs is part of Super Agent Team's specification";
// A swarm honours the reservation.
const silence: typeof config.silence =
  config.target === "engine" ? [{ warning: "no-effect", service: "architect", reason: cpus }] : [];
const routeFiles = routesDirectory(project);
const dotEnv = join(directory, ".env");
const unheard = withoutEffect(
  { "the terminal": process.env, "`.env`": existsSync(dotEnv) ? parseEnv(readFileSync(dotEnv, "utf8")) : {} },
  config,
  pulumi.getStack(),
);

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  silence: [...config.silence, ...silence],
  mistakes: [...mistakes, ...tlsMistakes(config, directory), ...unheard],
  tiers: tiers({ ...config, routesDirectory: routeFiles }),
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    ...(config.routing === "file" ? { directory: routeFiles } : {}),
    ...(config.tls === undefined ? {} : { certificates: [certificate] }),
  },
}).outputs;
