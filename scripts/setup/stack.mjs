// @ts-check
// The Pulumi stack, in the file backend inside the checkout unless PULUMI_BACKEND_URL says otherwise.
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot, stateFolder } from "../paths.mjs";
import { pulumiCommand } from "../pulumi-command.mjs";
import { run } from "../run.mjs";

/**
 * @param {string} name
 * @returns {import("./step.mjs").Step}
 */
export function stack(name) {
  return {
    name: "stack",
    needs: ["node", "pulumi"],
    async run() {
      await mkdir(stateFolder, { recursive: true });
      if (!(await isInFileBackend(name))) {
        const { command, env } = pulumiCommand();
        await run(command, ["stack", "select", "--create", name, "--non-interactive"], { log: "stack", env });
      }
      return name;
    },
  };
}

/**
 * A look at the files, since asking Pulumi takes a third of a second.
 *
 * @param {string} name
 */
async function isInFileBackend(name) {
  if (process.env["PULUMI_BACKEND_URL"]) return false;
  const project =
    /^name: *(\S+)/m.exec(await readFile(join(repositoryRoot, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
  const file = join(stateFolder, ".pulumi", "stacks", project, `${name}.json`);
  return existsSync(file) || existsSync(`${file}.gz`);
}
