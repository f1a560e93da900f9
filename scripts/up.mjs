// @ts-check
// npm run up [-- [<project folder>] [<stack>] [arguments of pulumi up]]: set-up, recovery, pulumi up, status.
import { exitWith } from "./exit-code.mjs";
import { environment } from "./environment.mjs";
import { runInForeground } from "./foreground.mjs";
import { pulumiCommand } from "./pulumi-command.mjs";
import { choose } from "./project.mjs";
import { setUp } from "./setup.mjs";

await exitWith(async () => {
  const { project, stack, others: pulumiArgs } = choose(process.argv.slice(2));
  if (!(await setUp(project, stack))) return 1;

  // What a killed run left behind would make Pulumi refuse to work.
  const recovery = await runInForeground(
    "node",
    ["scripts/recover.ts", project.directory, stack],
    environment(),
  );
  if (recovery !== 0) return recovery;

  const { command, env } = pulumiCommand();
  const args = ["up", "--stack", stack, "--refresh", "--yes", "--skip-preview", "--suppress-outputs"];
  const up = await runInForeground(command, [...args, ...pulumiArgs], env, project.directory);
  if (up === 0) return runInForeground("node", ["scripts/status.ts", project.directory, stack], env);
  // Somebody may have begun to work on the stack in between.
  await runInForeground("node", ["scripts/tell-lock.ts", project.directory, "--stack", stack], env);
  return up;
});
