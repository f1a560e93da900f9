// @ts-check
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** What npm packages bring as commands, Node.js itself among them. */
export const commandFolder = join(repositoryRoot, "node_modules", ".bin");

/** The file backend of Pulumi, and everything else that a checkout's stacks leave behind; git-ignored. */
export const stateFolder = join(repositoryRoot, ".state");

export const logFolder = join(stateFolder, "logs");

export const toolchainFolder = join(repositoryRoot, "toolchain");

/** What is built once for all checkouts of a user. */
export const cacheFolder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "super-team");

export const pulumiHome = process.env["PULUMI_HOME"] || join(homedir(), ".pulumi");
