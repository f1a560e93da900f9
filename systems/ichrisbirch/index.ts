import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";

const { config, mistakes } = readConfig({
  settings: z.object({}),
  secrets: {
    postgresPassword: {},
    awsAccessKeyId: { default: "" },
    awsSecretAccessKey: { default: "" },
    awsSessionToken: { default: "" },
  },
});
const { project, profiles } = config;

// It is mounted into the gateway, and a mount's source must be there, in a preview too.
const routesDirectory = join(import.meta.dirname, "..", "..", ".state", "routes", project);
mkdirSync(routesDirectory, { recursive: true });

const environment = { ...config.environment, ROUTES_DIRECTORY: routesDirectory };
export const { gatewayUrl, routes, services } = new Project(project, {
  ...config,
  mistakes,
  directory: import.meta.dirname,
  tiers: [{ name: "ichrisbirch", files: ["docker-compose.yml"], profiles, environment }],
  gateway: {
    service: "traefik",
    entryPoint: { name: "websecure", port: "443/tcp", tls: true },
    directory: routesDirectory,
    certificates: [{ certFile: "/certificates/fullchain.pem", keyFile: "/certificates/privkey.pem" }],
  },
}).outputs;
