// @ts-check
import { delimiter } from "node:path";
import { commandFolder } from "./paths.mjs";

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
    ...(passphrase === undefined && passphraseFile === undefined ? { PULUMI_CONFIG_PASSPHRASE: "" } : {}),
  };
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
