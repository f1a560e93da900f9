import { composeProject } from "pulumi-compose";

const directory = process.env.BENCH_DIRECTORY;
if (directory === undefined) throw new Error("BENCH_DIRECTORY is not set");

export const { services } = composeProject({ directory });
