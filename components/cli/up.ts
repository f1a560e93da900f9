import type { Command } from "commander";
import { makeState } from "./backend.ts";
import { tellLock } from "./locked.ts";
import { needPassphrase } from "./passphrase.ts";
import { runPulumi } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { compose, engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { showStatus } from "./status.ts";
import { updateOptions, type UpdateOptions } from "./update-options.ts";

/**
 * Clears up after an update that was killed, looks at the engine, and brings the stack up. On a terminal Pulumi shows what
 * it will do, and asks.
 */
export function upCommand(): Command {
  return stackCommand("up", "bring the stack up, or update it, and wait until every service is ready")
    .option("-y, --yes", "do not show a preview and ask first")
    .option("--diff", "show every change in full")
    .action(async (options: UpdateOptions, command: Command) => {
      const asked = updateOptions("up", options);
      const target = await targetOf(command);
      await need(engine, compose, () => needPassphrase(target));
      await makeState(target);
      await recover(target);
      const { program, stack } = target;
      // With --refresh, so that what the engine lost is made again.
      const args = ["up", "--stack", stack, "--refresh", "--suppress-outputs", ...asked];
      process.exitCode = await runPulumi(args, program.directory);
      if (process.exitCode === 0) await showStatus(target);
      // Somebody may have begun to work on the stack in between.
      else await tellLock(target);
    });
}
