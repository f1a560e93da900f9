import { composeProject } from "pulumi-compose";

const directory = process.env.CASE_DIRECTORY;
if (directory === undefined) throw new Error("CASE_DIRECTORY is not set");

export const { services } = composeProject({ directory });
