import { z } from "zod";
import { Project } from "pulumi-compose";
import { readConfig } from "pulumi-compose";
import { benchFolder, generatedFile } from "../places.ts";

const { config, mistakes } = readConfig({ settings: z.object({}), secrets: {} });

export const { services } = new Project(config.project, {
  ...config,
  mistakes,
  directory: benchFolder,
  tiers: [{ name: "generated", files: [generatedFile] }],
}).outputs;
