// @ts-check
// npm run pulumi -- <arguments>: Pulumi with this project's environment.
import { exitWith } from "./exit-code.mjs";
import { runInForeground } from "./foreground.mjs";
import { pulumiCommand } from "./pulumi-command.mjs";

await exitWith(() => {
  const { command, env } = pulumiCommand();
  return runInForeground(command, process.argv.slice(2), env);
});
