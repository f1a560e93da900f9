import { z } from "zod";
import { Project } from "../../../components/project.ts";
import { readConfig } from "../../../components/config.ts";

const { config, mistakes } = readConfig({ settings: z.object({}), secrets: { dbPassword: {} } });

export const { services } = new Project(config.project, {
  ...config,
  directory: import.meta.dirname,
  mistakes,
  tiers: [{ name: "all", files: ["docker-compose.yml"] }],
}).outputs;
