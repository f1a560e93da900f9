import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Gateway } from "./components/gateway.ts";
import { Project } from "./components/project.ts";
import { readComposeFiles } from "./compose/compose-config.ts";
import { readConfig } from "./config.ts";
import { contentHashes } from "./content-hash.ts";
import { removeStaleRouteFiles } from "./engine/routes.ts";
import { check } from "./model/checks.ts";
import { describeMistakes } from "./model/mistake.ts";
import { isOutside } from "./model/paths.ts";
import { planOf } from "./model/plan.ts";
import { stackOf } from "./model/stack.ts";
import { foundation, foundationEnvironment } from "./tiers/foundation.ts";
import { entryPoint, gateway, gatewayService } from "./tiers/gateway.ts";
import { infra, infraEnvironment } from "./tiers/infra.ts";

// The SDK takes a stack trace for every promise, which more than doubles the time of a preview.
if (process.env.SUPER_TEAM_TRACES === undefined) Error.stackTraceLimit = 0;

const directory = import.meta.dirname;
const { config, mistakes } = readConfig();
const { project } = config;
const database = { user: config.dbUser, name: config.dbName };

// It is mounted into the gateway, and a mount's source must be there, in a preview too.
const routesDirectory = `.state/routes/${project}`;
mkdirSync(resolve(directory, routesDirectory), { recursive: true });

const generated = await readComposeFiles({
  files: config.generatedFile === "" ? [] : [config.generatedFile],
  project,
  directory,
  environment: { ...infraEnvironment(database), ...foundationEnvironment, LOG_LEVEL: config.logLevel },
});
for (const warning of generated.warnings) void pulumi.log.warn(`${config.generatedFile}: ${warning}`);

const laid = stackOf({
  tiers: [
    { name: "infra", project: infra({ project, database }) },
    { name: "foundation", project: foundation({ project, logLevel: config.logLevel }) },
    { name: "gateway", project: gateway({ ...config, routesDirectory }) },
    {
      name: "generated",
      project: generated.project,
      file: config.generatedFile,
      incomplete: generated.mistakes.length > 0,
    },
  ],
  override: config.override,
  gateway: gatewayService,
  secrets: Object.keys(config.secrets),
});

// A path outside the project is the engine's machine's, which may be another one; there the engine itself looks.
const exists = (path: string) => isOutside(path, directory) || existsSync(resolve(directory, path));
const all = [...mistakes, ...generated.mistakes, ...laid.mistakes, ...check(laid.stack, exists)];
if (all.length > 0) throw new pulumi.RunError(describeMistakes(all));

const plan = planOf(laid.stack, { project, directory, ...contentHashes(laid.stack, directory) });

if (!pulumi.runtime.isDryRun()) await removeStaleRouteFiles(resolve(directory, routesDirectory), plan);
const stack = new Project(project, { plan, secrets: config.secrets, keepVolumes: config.keepVolumes });
const traefik = stack.services[gatewayService];
const routed =
  traefik === undefined
    ? undefined
    : new Gateway(project, {
        gateway: traefik,
        entryPoint,
        plans: plan.services,
        services: stack.services,
        ...(config.routing === "file" ? { directory: resolve(directory, routesDirectory) } : {}),
      });

const urls: Readonly<Record<string, pulumi.Output<string | undefined> | undefined>> = {
  ...routed?.urls,
  [gatewayService]: routed?.url,
};

/** Address of the gateway. */
export const gatewayUrl = routed?.url;
/** Every route in a line, so that a preview shows a change in routing. */
export const routes = routed?.routes;
/** Every service's container, revision, published ports and addresses. */
export const services = Object.fromEntries(
  plan.services.map(({ name, containerName, revision }) => [
    name,
    { container: containerName, revision, ports: stack.services[name]?.ports, url: urls[name] },
  ]),
);
