// @ts-check
// The Pulumi stack, in the file backend inside the checkout unless PULUMI_BACKEND_URL says otherwise.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../paths.mjs";
import { pulumiCommand } from "../../components/cli/pulumi-command.mjs";
import { run } from "../run.mjs";

/** @typedef {import("../../components/cli/project.mjs").Project} Project */

/**
 * @param {Project} project
 * @param {string} name
 * @returns {import("./step.mjs").Step}
 */
export function stack(project, name) {
  return {
    name: "stack",
    needs: ["node", "pulumi"],
    async run() {
      await mkdir(stateFolder, { recursive: true });
      if (!isInFileBackend(project, name)) {
        const { command, env } = pulumiCommand();
        const args = ["stack", "select", "--create", name, "--non-interactive"];
        await run(command, args, { log: "stack", env, cwd: project.directory });
      }
      return project.folder === "" ? name : `${project.folder} ${name}`;
    },
  };
}

/**
 * Looks at the files, because asking Pulumi takes a third of a second.
 *
 * @param {Project} project
 * @param {string} name
 */
function isInFileBackend(project, name) {
  if (process.env["PULUMI_BACKEND_URL"]) return false;
  const file = join(stateFolder, ".pulumi", "stacks", project.name, `${name}.json`);
  return existsSync(file) || existsSync(`${file}.gz`);
}
