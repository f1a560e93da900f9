// @ts-check
// npm run pulumi -- [<project folder>] <arguments>: Pulumi with that project's environment.
import { exitWith } from "./exit-code.mjs";
import { runInForeground } from "./foreground.mjs";
import { chooseProject } from "./project.mjs";
import { pulumiCommand } from "./pulumi-command.mjs";

await exitWith(async () => {
  const { command, env } = pulumiCommand();
  const { project, others } = chooseProject(process.argv.slice(2));
  const code = await runInForeground(command, others, env, project.directory);
  if (code !== 0)
    await runInForeground("node", ["components/cli/tell-lock.ts", project.directory, ...others], env);
  return code;
});
