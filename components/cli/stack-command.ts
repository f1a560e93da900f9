import { Command } from "commander";
import { chooseStack, type Target } from "./choose-stack.ts";
import { findProgram } from "./program.ts";

/** A command on one stack of the program in the present folder. */
export function stackCommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .description(`${summary[0]?.toUpperCase() ?? ""}${summary.slice(1)}.`)
    .option("-s, --stack <name>", "the stack (default: the selected one, else dev, else the only one)");
}

/** What the command was told to work on. */
export async function targetOf(command: Command): Promise<Target> {
  const { cwd, stack } = command.optsWithGlobals<{ readonly cwd?: string; readonly stack?: string }>();
  return chooseStack(findProgram(cwd), stack);
}
