// @ts-check
// The Pulumi project that a script works on: the repository's own, or one of systems/.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { NeedsAttention } from "./needs-attention.mjs";
import { repositoryRoot } from "../../scripts/paths.mjs";

/**
 * @typedef {object} Project
 * @property {string} name as its Pulumi.yaml has it
 * @property {string} directory where that is
 * @property {string} folder the same from the repository's root; empty for the repository's own project
 */

/** @typedef {{ project: Project, stack: string, others: readonly string[] }} Choice */

/**
 * Reads `[<project folder>] [<stack>] [arguments of the command]`.
 *
 * @param {readonly string[]} args
 * @returns {Choice}
 */
export function choose(args) {
  const { project, others: rest } = chooseProject(args);
  const [stack = "", ...others] = rest;
  if (stack !== "" && !stack.startsWith("-")) return { project, stack, others };
  const stacks = stacksOf(project);
  if (!stacks.includes("dev")) {
    throw new NeedsAttention(
      `${project.folder} has no stack dev; it has ${stacks.join(", ")}`,
      `Name one: ${commandFor("up", project, stacks[0] ?? "<stack>")}`,
    );
  }
  return { project, stack: "dev", others: rest };
}

/**
 * Reads `[<project folder>] …`. Without one it is the project that the command was called in, or the repository's own.
 *
 * @param {readonly string[]} args
 * @returns {{ project: Project, others: readonly string[] }}
 */
export function chooseProject(args) {
  const [first = "", ...others] = args;
  // npm runs a script in the repository's root, wherever it was called.
  const here = process.env["INIT_CWD"] ?? process.cwd();
  const named =
    first === "" ? undefined : [here, repositoryRoot].map((place) => resolve(place, first)).find(isProject);
  if (named !== undefined) return { project: projectIn(named), others };
  if (first.includes("/")) {
    throw new NeedsAttention(
      `${first} is no project: it has no Pulumi.yaml`,
      "Name a folder of systems/ (npm run up -- systems/<name> <stack>), or only a stack (npm run up -- <stack>).",
    );
  }
  return { project: projectIn(isProject(here) ? here : repositoryRoot), others: args };
}

/**
 * How a person calls a script for a stack.
 *
 * @param {"setup" | "up" | "status"} script
 * @param {Project} project
 * @param {string} stack
 */
export function commandFor(script, { folder }, stack) {
  const args = folder === "" ? (stack === "dev" ? [] : [stack]) : [folder, stack];
  return [`npm run ${script}`, ...(args.length === 0 ? [] : ["--", ...args])].join(" ");
}

/**
 * @param {Project} project
 * @returns {readonly string[]} those that have a file
 */
function stacksOf({ directory }) {
  return readdirSync(directory)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? "")
    .filter((stack) => stack !== "")
    .sort();
}

/** @param {string} directory */
const isProject = (directory) => existsSync(join(directory, "Pulumi.yaml"));

/**
 * @param {string} directory
 * @returns {Project}
 */
export function projectIn(directory) {
  const definition = readFileSync(join(directory, "Pulumi.yaml"), "utf8");
  const name = /^name: *["']?([^\s"'#]+)/m.exec(definition)?.[1] ?? "";
  return { name, directory, folder: relative(repositoryRoot, directory) };
}
