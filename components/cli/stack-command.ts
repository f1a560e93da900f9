import { Command } from "commander";
import { nowhere } from "../engine/address.ts";
import { workOnEngine } from "../engine/engine.ts";
import { chooseStack } from "./choose-stack.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { findProgram } from "./program.ts";
import { workOnEngineOf } from "./stack-engine.ts";
import { isOnSwarm, needManager, workOnManager } from "./swarm.ts";

/** A command on one stack of the program in the present folder. */
export function stackCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`)
    .option("-s, --stack <name>", "the stack (default: the selected one, else dev, else the only one)");
}

/** What the command was told to work on. From then on the command works on the stack's engine. */
export async function targetOf(command: Command): Promise<Target> {
  const target = await chosenBy(command);
  workOnEngineOf(target);
  await needManager(target);
  return target;
}

/**
 * What the command was told to show. Where the stack's engine, or every manager of its swarm, is out of reach, the command
 * shows what it can.
 */
export async function shownBy(command: Command): Promise<Target> {
  const target = await meantBy(command);
  try {
    await workOnManager(target);
    workOnEngineOf(target);
    await needManager(target);
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    // This machine's own engine is not the stack's.
    if (isOnSwarm(target)) workOnEngine(nowhere);
    const who = isOnSwarm(target) ? "a manager" : "the engine";
    console.error(`${error.message}: what only ${who} knows is left out\n→ ${error.advice}`);
  }
  return target;
}

/** The folder and the stack that the command was told of. */
export function namedIn(command: Command): { readonly cwd?: string; readonly stack?: string } {
  return command.optsWithGlobals();
}

/** The stack that the command was told of. The command works on a manager of the stack's swarm from then on, if there is one. */
export async function chosenBy(command: Command): Promise<Target> {
  const target = await meantBy(command);
  await workOnManager(target);
  return target;
}

function meantBy(command: Command): Promise<Target> {
  const { cwd, stack } = namedIn(command);
  return chooseStack(findProgram(cwd), stack);
}
