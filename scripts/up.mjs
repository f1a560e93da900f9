// @ts-check
// npm run up [-- [<project folder>] [<stack>] [arguments of pulumi up]]: set-up, recovery, pulumi up, status.
import { exitWith } from "../components/cli/exit-code.mjs";
import { environment } from "../components/cli/environment.mjs";
import { runInForeground } from "../components/cli/foreground.mjs";
import { pulumiCommand } from "../components/cli/pulumi-command.mjs";
import { choose } from "../components/cli/project.mjs";
import { setUp } from "./setup.mjs";

await exitWith(async () => {
  const { project, stack, others: pulumiArgs } = choose(process.argv.slice(2));
  if (!(await setUp(project, stack))) return 1;

  // Pulumi refuses to work on what a killed run left.
  const recovery = await runInForeground(
    "node",
    ["components/cli/recover.ts", project.directory, stack],
    environment(),
  );
  if (recovery !== 0) return recovery;

  const { command, env } = pulumiCommand();
  const args = ["up", "--stack", stack, "--refresh", "--yes", "--skip-preview", "--suppress-outputs"];
  const up = await runInForeground(command, [...args, ...pulumiArgs], env, project.directory);
  if (up === 0) return runInForeground("node", ["components/cli/status.ts", project.directory, stack], env);
  // Another person may have locked the stack since then.
  await runInForeground("node", ["components/cli/tell-lock.ts", project.directory, "--stack", stack], env);
  return up;
});
