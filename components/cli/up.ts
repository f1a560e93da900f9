import type { Command } from "commander";
import { makeState } from "./backend.ts";
import type { Target } from "./choose-stack.ts";
import { driftedIn, noteLooks } from "./drifted.ts";
import { tellLock } from "./locked.ts";
import { needPassphrase } from "./passphrase.ts";
import { runPulumi } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { compose, engine, need } from "./requirements.ts";
import { mustHaveRoom, putStateBack, tellFullDisk } from "./state-file.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { showStatus } from "./status.ts";
import { takeOver } from "./take-over.ts";
import { updateOptions, type UpdateOptions } from "./update-options.ts";

interface UpOptions extends UpdateOptions {
  readonly recover?: boolean;
  readonly takeOver?: boolean;
}

/**
 * Clears up after an update that was killed, looks at the engine, and brings the stack up. On a terminal Pulumi shows what
 * it will do, and asks.
 */
export function upCommand(): Command {
  return stackCommand("up", "bring the stack up, or update it, and wait until every service is ready")
    .option("-y, --yes", "do not show a preview and ask first")
    .option("--diff", "show every change in full")
    .option(
      "--recover",
      "where the file of the state is empty or broken, put back what it held before its last change",
    )
    .option(
      "--take-over",
      "first remove the stack's containers and networks that this state does not know; every volume is kept",
    )
    .action(async (options: UpOptions, command: Command) => {
      const asked = updateOptions("up", options);
      const target = await targetOf(command);
      await need(engine, compose, () => needPassphrase(target));
      if (options.recover === true) putStateBack(target);
      await makeState(target);
      await mustHaveRoom(target);
      await recover(target);
      if (options.takeOver === true) await takeOver(target, options.yes !== true);
      process.exitCode = (await refreshDrifted(target)) || (await runUp(target, asked));
      if (process.exitCode === 0) {
        await noteLooks(target);
        await showStatus(target);
      } else {
        // Somebody may have begun to work on the stack in between.
        await tellLock(target);
        await tellFullDisk(target);
      }
    });
}

/** What the engine lost is made again, and what somebody changed is changed back, by an `up` whose state knows of it. */
async function refreshDrifted(target: Target): Promise<number> {
  const drifted = await driftedIn(target);
  if (drifted.length === 0) return 0;
  const { program, stack } = target;
  const args = ["refresh", "--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"];
  const targets = drifted.flatMap((urn) => ["--target", urn]);
  return runPulumi([...args, ...targets], program.directory);
}

function runUp({ program, stack }: Target, asked: readonly string[]): Promise<number> {
  return runPulumi(["up", "--stack", stack, "--suppress-outputs", ...asked], program.directory);
}
