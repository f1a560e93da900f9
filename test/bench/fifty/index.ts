import { composeProject } from "pulumi-compose";
import { benchFolder, generatedFile } from "../places.ts";

export const { services } = composeProject({ directory: benchFolder, files: [generatedFile] });
