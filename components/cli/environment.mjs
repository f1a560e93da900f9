// @ts-check
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { commandFolder } from "../../scripts/paths.mjs";

/**
 * What every script gives to Pulumi, and to what it runs. Pulumi asks for a passphrase even where a stack has no
 * secret, so the empty one is the default; whoever sets one (or names its file) keeps it.
 *
 * @param {NodeJS.ProcessEnv} [given]
 * @returns {NodeJS.ProcessEnv}
 */
export function environment(given = process.env) {
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile } = given;
  return {
    ...given,
    // Before a Node.js of the system that may be too old to run TypeScript.
    PATH: [commandFolder, ...foldersWithoutOurs(given["PATH"])].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: given["PULUMI_SKIP_UPDATE_CHECK"] ?? "true",
    ...engineOfContext(given),
    ...(passphrase === undefined && !passphraseFile ? { PULUMI_CONFIG_PASSPHRASE: "" } : {}),
  };
}

/**
 * The docker command follows its context (Colima, OrbStack, rootless); the provider and the program know DOCKER_HOST
 * only, and would otherwise look at another engine.
 *
 * @param {NodeJS.ProcessEnv} given
 * @returns {{ DOCKER_HOST?: string }}
 */
function engineOfContext(given) {
  if (given["DOCKER_HOST"] || !(given["DOCKER_CONTEXT"] || usesContexts(given))) return {};
  try {
    const format = "{{.Endpoints.docker.Host}}";
    const host = execFileSync("docker", ["context", "inspect", "--format", format], {
      env: given,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return host === "" ? {} : { DOCKER_HOST: host };
  } catch {
    return {};
  }
}

/** @param {NodeJS.ProcessEnv} given */
function usesContexts(given) {
  const folder = given["DOCKER_CONFIG"] || join(homedir(), ".docker");
  try {
    return /"currentContext"/.test(readFileSync(join(folder, "config.json"), "utf8"));
  } catch {
    return false;
  }
}

/**
 * For npm itself, which must not run on the Node.js that it replaces.
 *
 * @param {string | undefined} path
 * @returns {string}
 */
export function pathWithoutOurs(path) {
  return foldersWithoutOurs(path).join(delimiter);
}

/** @param {string | undefined} path */
function foldersWithoutOurs(path = "") {
  return path.split(delimiter).filter((folder) => folder !== "" && folder !== commandFolder);
}
