import { Command } from "commander";
import { chooseStack } from "./choose-stack.ts";
import { tellLock } from "./locked.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { takesEmptyPassphrase } from "./passphrase.ts";
import { findProgram, type Program } from "./program.ts";
import { pulumiEnvironment, runPulumi } from "./pulumi-cli.ts";
import { workOnEngineOf } from "./stack-engine.ts";

/**
 * Pulumi itself, with what the other commands give it: the version that this package is made for, the engine that
 * Docker's command line works on, the empty passphrase. Every argument is Pulumi's, `--stack` and `--cwd` among them.
 */
export function pulumiCommand(): Command {
  return new Command("pulumi")
    .summary("run Pulumi itself: pulumi config set --secret dbPassword")
    .argument("[arguments...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (_args: readonly string[], _options: object, command: Command) => {
      const { cwd } = command.optsWithGlobals<{ readonly cwd?: string }>();
      const args = process.argv.slice(process.argv.indexOf("pulumi") + 1);
      const program = programOf(cwd);
      const named = stackIn(args);
      if (program !== undefined) await workOnEngineOfNamed(program, named);
      const env = pulumiEnvironment();
      // Where the empty passphrase is not the stack's, Pulumi asks at the terminal for the one that is.
      const isGiven = process.env.PULUMI_CONFIG_PASSPHRASE !== undefined;
      if (program !== undefined && named !== undefined && !isGiven) {
        if (!(await takesEmptyPassphrase({ program, stack: named }))) delete env.PULUMI_CONFIG_PASSPHRASE;
      }
      const code = await runPulumi(args, process.cwd(), { env });
      process.exitCode = code;
      if (code === 0 || program === undefined) return;
      await tellLock(named === undefined ? await chooseStack(program, named) : { program, stack: named });
    });
}

/** Pulumi has commands for which there need be no stack. */
async function workOnEngineOfNamed(program: Program, named: string | undefined): Promise<void> {
  const target = await chooseStack(program, named).catch(() => undefined);
  if (target !== undefined) workOnEngineOf(target);
}

/** The stack that Pulumi is told of. */
function stackIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((word) => word === "--stack" || word === "-s");
  if (at >= 0) return args[at + 1];
  return args.find((word) => word.startsWith("--stack="))?.slice("--stack=".length);
}

/** Pulumi has commands for folders without a program as well. */
function programOf(cwd: string | undefined): Program | undefined {
  try {
    return findProgram(cwd);
  } catch (error) {
    if (error instanceof NeedsAttention) return undefined;
    throw error;
  }
}
