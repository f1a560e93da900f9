// @ts-check
// npm run setup [-- <stack>]: everything that the stack needs on this machine.
import { fileURLToPath } from "node:url";
import { environment } from "./environment.mjs";
import { exitWith } from "./exit-code.mjs";
import { compose } from "./setup/compose.mjs";
import { engine } from "./setup/engine.mjs";
import { images } from "./setup/images.mjs";
import { node } from "./setup/node.mjs";
import { packages } from "./setup/packages.mjs";
import { pulumi } from "./setup/pulumi.mjs";
import { runSteps } from "./setup/run-steps.mjs";
import { stack } from "./setup/stack.mjs";

/**
 * @param {string} stackName
 * @returns {Promise<boolean>} whether everything is there
 */
export function setUp(stackName) {
  Object.assign(process.env, environment());
  return runSteps([engine, packages, node, compose, pulumi, images, stack(stackName)]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await exitWith(async () => ((await setUp(process.argv[2] ?? "dev")) ? 0 : 1));
}
