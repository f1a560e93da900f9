import type { Command } from "commander";
import { volumesOf } from "../engine/inventory.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./choose-stack.ts";
import { tellLock } from "./locked.ts";
import { needPassphrase } from "./passphrase.ts";
import { runPulumi } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { updateOptions, type UpdateOptions } from "./update-options.ts";

/** Takes the stack down in the reverse order of `up`. On a terminal Pulumi shows what it will remove, and asks. */
export function destroyCommand(): Command {
  return stackCommand("destroy", "take the stack down; data volumes are kept")
    .option("-y, --yes", "do not show a preview and ask first")
    .action(async (options: UpdateOptions, command: Command) => {
      const asked = updateOptions("destroy", options);
      const target = await targetOf(command);
      await need(engine, () => needPassphrase(target));
      await recover(target);
      const args = ["destroy", "--stack", target.stack, "--suppress-outputs", ...asked];
      process.exitCode = await runPulumi(args, target.program.directory);
      if (process.exitCode === 0) await tellVolumes(target);
      else await tellLock(target);
    });
}

/** What is left on the engine, and how it is removed for good. */
async function tellVolumes({ program, stack }: Target): Promise<void> {
  const names = (await volumesOf(projectName(program.name, stack))).map(({ name }) => name).sort();
  if (names.length === 0) return;
  console.log(`Kept, with their data: ${names.join(", ")}. The next up takes them up again.`);
  console.log(`To remove them for good: docker volume rm ${names.join(" ")}`);
}
