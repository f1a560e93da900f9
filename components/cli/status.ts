import { Option, type Command } from "commander";
import { engineClock } from "../engine/clock.ts";
import { commandFor } from "../local/command-for.ts";
import type { Target } from "./choose-stack.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import type { StackStatus } from "./status/compare.ts";
import { followStack } from "./status/follow.ts";
import { openStatus } from "./status/open.ts";
import { screenOf } from "./status/screen.ts";
import { statusAfterUp, statusOf } from "./status/stack-status.ts";
import { swarmScreenOf, swarmStatusOf, type SwarmStatus } from "./status/swarm-status.ts";
import { isOnSwarm, needOneEngine } from "./swarm.ts";

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
      if (watch || open) needOneEngine(target, "`status` without an option shows its containers by node.");
      if (isOnSwarm(target)) {
        const status = await swarmStatusOf(target);
        console.log(json ? JSON.stringify(status, undefined, 2) : shownTasks(status, target));
        process.exitCode = status.ok ? 0 : 1;
        return;
      }
      if (watch) await watchStatus(target);
      if (open) await openStatus(target);
      const status = await statusOf(target);
      console.log(json ? JSON.stringify(status, undefined, 2) : await shownStatus(status, target));
      process.exitCode = status.ok ? 0 : 1;
    });
}

/** Prints the status of a stack for people, after an `up` that went well. */
export async function showStatusAfterUp(target: Target): Promise<void> {
  console.log(
    isOnSwarm(target)
      ? shownTasks(await swarmStatusOf(target), target)
      : await shownStatus(await statusAfterUp(target), target),
  );
}

function shownTasks(status: SwarmStatus, { program, stack }: Target): string {
  const up = commandFor(program.directory, stack, "up");
  if (status.tasks.length === 0 && status.problems.length === 0)
    return `Nothing of the stack ${stack} of ${program.name} is in the swarm. Bring it up: ${up}`;
  return swarmScreenOf(status, up);
}

async function shownStatus(status: StackStatus, { program, stack }: Target): Promise<string> {
  const up = commandFor(program.directory, stack, "up");
  if (status.containers.length === 0 && status.problems.length === 0)
    return `Nothing of the stack ${stack} of ${program.name} is on the engine. Bring it up: ${up}`;
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  return screenOf(status, { now: (await engineClock()).now(), width, up });
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
