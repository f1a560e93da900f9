import { createRequire } from "node:module";
import { Command } from "commander";

const manifest = createRequire(import.meta.url)("pulumi-compose/package.json") as {
  readonly version: string;
};

/**
 * The command `pulumi-compose` and its commands, one module each. An action sets `process.exitCode` where it is not 0,
 * and throws `NeedsAttention` for what a person has to mend.
 */
const commands: readonly Command[] = [];

export function commandLine(): Command {
  const program = new Command("pulumi-compose")
    .description("Brings a Compose project up with Pulumi, and looks after it.")
    .version(manifest.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [command]", "print the help of a command")
    .option("-C, --cwd <folder>", "work in this folder")
    .configureHelp({ showGlobalOptions: true });
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  return program;
}
