// @ts-check
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The commands that npm packages bring, Node.js among them. */
export const commandFolder = join(repositoryRoot, "node_modules", ".bin");

/** Pulumi's file backend, and all other files that the stacks of a checkout leave. Git ignores the folder. */
export const stateFolder = join(repositoryRoot, ".state");

export const logFolder = join(stateFolder, "logs");

export const toolchainFolder = join(repositoryRoot, "toolchain");

/** Programs that are built once for all checkouts of a user. */
export const cacheFolder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "super-team");

export const pulumiHome = process.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
