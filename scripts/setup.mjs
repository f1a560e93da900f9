// @ts-check
// npm run setup [-- [<program folder>] [<stack>]]: everything that the stack needs on this machine.
import { fileURLToPath } from "node:url";
import { environment } from "../components/cli/environment.mjs";
import { exitWith } from "../components/cli/exit-code.mjs";
import { recipesNamedIn } from "./images/named.mjs";
import { choose } from "../components/cli/project.mjs";
import { compose } from "./setup/compose.mjs";
import { engine } from "./setup/engine.mjs";
import { images } from "./setup/images.mjs";
import { node } from "./setup/node.mjs";
import { packages } from "./setup/packages.mjs";
import { pulumi } from "./setup/pulumi.mjs";
import { runSteps } from "./setup/run-steps.mjs";
import { stack } from "./setup/stack.mjs";

/** @typedef {import("./images/recipes.mjs").Recipe} Recipe */

/**
 * @param {import("../components/cli/project.mjs").Project} project
 * @param {string} stackName
 * @param {() => Promise<readonly Recipe[]>} [wanted] the images; default: those that the program's files name
 * @returns {Promise<boolean>} whether everything is there
 */
export function setUp(project, stackName, wanted = () => recipesNamedIn(project.directory)) {
  Object.assign(process.env, environment());
  return runSteps([engine, packages, node, compose, pulumi, images(wanted), stack(project, stackName)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await exitWith(async () => {
    const { project, stack: stackName } = choose(process.argv.slice(2));
    return (await setUp(project, stackName)) ? 0 : 1;
  });
}
