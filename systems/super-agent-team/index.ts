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
const routeFiles = routesDirectory(project);
for (const words of withoutEffect(process.env, config, pulumi.getStack())) void pulumi.log.warn(words);

export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  directory,
  silence: [...config.silence, { warning: "no-effect", service: "architect", reason: cpus }],
  mistakes: [...mistakes, ...tlsMistakes(config, directory)],
  tiers: tiers({ ...config, routesDirectory: routeFiles }),
  gateway: {
    service: gatewayService,
    entryPoint: entryPoint(config),
    ...(config.routing === "file" ? { directory: routeFiles } : {}),
    ...(config.tls === undefined ? {} : { certificates: [certificate] }),
  },
}).outputs;
