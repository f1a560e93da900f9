import { z } from "zod";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";

const { config, mistakes } = readConfig({
  settings: z.object({
    /** The registry of host ports on this machine: absolute, `~/…`, or relative to this folder. */
    portRegistry: z.string().default("PORT_REGISTRY.json"),
  }),
  secrets: { dbPassword: {}, redisPassword: {}, jwtSecret: {} },
});
const { project, profiles, environment } = config;

export const { services } = new Project(project, {
  ...config,
  mistakes,
  directory: import.meta.dirname,
  tiers: [{ name: "hercules", files: ["docker-compose.yml"], profiles, environment }],
}).outputs;
