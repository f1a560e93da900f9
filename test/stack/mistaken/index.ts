import { z } from "zod";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";

const { config, mistakes } = readConfig({ settings: z.object({}), secrets: {} });

export const { services } = new Project(config.project, {
  ...config,
  directory: import.meta.dirname,
  mistakes,
  tiers: [{ name: "mistaken", files: ["docker-compose.yml"] }],
}).outputs;
