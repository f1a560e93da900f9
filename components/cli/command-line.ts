import { createRequire } from "node:module";
import { Command } from "commander";
import { backupCommand } from "./backup.ts";
import { connectivityCommand } from "./connectivity.ts";
import { destroyCommand } from "./destroy.ts";
import { doctorCommand } from "./doctor.ts";
import { initCommand } from "./init.ts";
import { previewCommand } from "./preview.ts";
import { pulumiCommand } from "./pulumi.ts";
import { restoreCommand } from "./restore.ts";
import { statusCommand } from "./status.ts";
import { upCommand } from "./up.ts";

const manifest = createRequire(import.meta.url)("pulumi-compose/package.json") as {
  readonly version: string;
};

/**
 * The command `pulumi-compose` and its commands, one module each. An action sets `process.exitCode` where it is not 0,
 * and throws `NeedsAttention` for what a person has to mend.
 */
export function commandLine(): Command {
  const program = new Command("pulumi-compose")
    .description("Brings a Compose project up with Pulumi, and looks after it.")
    .version(manifest.version, "--version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [command]", "print the help of a command")
    .option("-C, --cwd <folder>", "work in this folder")
    .configureHelp({ showGlobalOptions: true });
  const commands = [
    ...[initCommand(), upCommand(), previewCommand(), destroyCommand(), statusCommand()],
    ...[backupCommand(), restoreCommand(), connectivityCommand(), doctorCommand()],
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  // Its --help is Pulumi's.
  return program.addCommand(pulumiCommand());
}
