import { z } from "zod";
import { Project } from "../../../components/project.ts";
import { readConfig } from "../../../components/config.ts";
import { benchFolder, generatedFile } from "../places.ts";

const { config, mistakes } = readConfig({ settings: z.object({}), secrets: {} });

export const { services } = new Project(config.project, {
  ...config,
  mistakes,
  directory: benchFolder,
  tiers: [{ name: "generated", files: [generatedFile] }],
}).outputs;
