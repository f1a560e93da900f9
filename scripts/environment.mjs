// @ts-check
import { delimiter } from "node:path";
import { commandFolder } from "./paths.mjs";

/**
 * This process's environment, with npm's commands first on PATH: the system's Node.js may be too old to run TypeScript.
 *
 * @returns {NodeJS.ProcessEnv}
 */
export function environment() {
  const { PATH: path } = process.env;
  return { ...process.env, PATH: [commandFolder, pathWithoutOurs(path)].join(delimiter) };
}

/**
 * For npm itself, which must not run on the Node.js that it replaces.
 *
 * @param {string | undefined} path
 * @returns {string}
 */
export function pathWithoutOurs(path = "") {
  const folders = path.split(delimiter).filter((folder) => folder !== "" && folder !== commandFolder);
  return folders.join(delimiter);
}
