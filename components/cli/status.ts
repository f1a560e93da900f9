import { Option, type Command } from "commander";
import type { Target } from "./target.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { currentStatus, shownStatus, statusAfterUp } from "./status/current.ts";
import { followStack } from "./status/follow.ts";
import { openStatus } from "./status/open.ts";

interface StatusOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly open?: boolean;
}

/** Milliseconds after which a status is looked at again where the engine has told of nothing. */
const quiet = 10_000;

/** What should be of a stack beside what is. The state says what should be, the engine says what is. */
export function statusCommand(): Command {
  return stackCommand("status", "show the services of the stack by tier, and what is not as it should be")
    .addOption(new Option("--json", "print the status as JSON").conflicts(["watch", "open"]))
    .addOption(new Option("--watch", "show it again whenever it changes, until Ctrl-C").conflicts("open"))
    .option("--open", "show it as a page in the browser, until Ctrl-C")
    .action(async ({ json = false, watch = false, open = false }: StatusOptions, command: Command) => {
      const target = await targetOf(command);
      await need(engine);
      if (watch) await watchStatus(target);
      if (open) await openStatus(target);
      const status = await currentStatus(target);
      console.log(json ? JSON.stringify(status, undefined, 2) : await shownStatus(status, target));
      process.exitCode = status.ok ? 0 : 1;
    });
}

/** Prints the status of a stack for people, after an `up` that went well. */
export async function showStatusAfterUp(target: Target): Promise<void> {
  console.log(await shownStatus(await statusAfterUp(target), target));
}

/** A terminal is drawn anew; elsewhere each status that is another one is printed below the last. */
async function watchStatus(target: Target): Promise<never> {
  let last = "";
  return followStack(target, quiet, async (status) => {
    const text = JSON.stringify(status);
    const shown = await shownStatus(status, target);
    if (process.stdout.isTTY) process.stdout.write(`\x1b[H\x1b[2J${shown}\n`);
    else if (text !== last) process.stdout.write(`${shown}\n\n`);
    last = text;
  });
}
