// @ts-check
// npm run setup [-- --cwd <program folder>]: everything that the program's stacks need on this machine.
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { environment } from "./environment.mjs";
import { exitWith } from "./exit-code.mjs";
import { recipesNamedIn } from "./images/named.mjs";
import { repositoryRoot } from "./paths.mjs";
import { browser } from "./setup/browser.mjs";
import { compose } from "./setup/compose.mjs";
import { engine } from "./setup/engine.mjs";
import { images } from "./setup/images.mjs";
import { node } from "./setup/node.mjs";
import { packages } from "./setup/packages.mjs";
import { pulumi } from "./setup/pulumi.mjs";
import { registry } from "./setup/registry.mjs";
import { runSteps } from "./setup/run-steps.mjs";
import { sshServer } from "./setup/ssh-server.mjs";

/** @typedef {import("./images/recipes.mjs").Recipe} Recipe */

/** Where npm was called: npm runs a script in the repository's root. */
export const calledIn = process.env["INIT_CWD"] ?? process.cwd();

/**
 * @param {() => Promise<readonly Recipe[]>} wanted the images
 * @returns {Promise<boolean>} whether everything is there
 */
export function setUp(wanted) {
  return prepare([images(wanted)]);
}

/**
 * The tests run all systems, so they need every image, and what else no system needs.
 *
 * @param {() => Promise<readonly Recipe[]>} all the images
 * @returns {Promise<boolean>} whether everything is there
 */
export function setUpForTests(all) {
  return prepare([images(all), registry, browser, sshServer]);
}

/** @param {readonly import("./setup/step.mjs").Step[]} further */
function prepare(further) {
  Object.assign(process.env, environment());
  return runSteps([engine, packages, node, compose, pulumi, ...further]);
}

/**
 * The images that a program's files name.
 *
 * @param {readonly string[]} args of the command `pulumi-compose`, which may name another folder
 * @returns {() => Promise<readonly Recipe[]>}
 */
export function imagesFor(args) {
  const { values } = parseArgs({
    args: [...args],
    options: { cwd: { type: "string", short: "C" } },
    strict: false,
    allowPositionals: true,
  });
  const folder = resolve(calledIn, typeof values.cwd === "string" ? values.cwd : "");
  return () => recipesNamedIn(programFolder(folder));
}

/**
 * The nearest folder with a Pulumi.yaml, as Pulumi finds it. What is wrong with the folder is the command's to say.
 *
 * @param {string} folder
 * @returns {string}
 */
function programFolder(folder) {
  if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
  return dirname(folder) === folder ? repositoryRoot : programFolder(dirname(folder));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await exitWith(async () => ((await setUp(imagesFor(process.argv.slice(2)))) ? 0 : 1));
}
