import { createRequire } from "node:module";
import { Command, Option } from "commander";
import { backupCommand } from "./backup.ts";
import { composeCommands } from "./compose-commands.ts";
import { configCommand } from "./config.ts";
import { connectivityCommand } from "./connectivity.ts";
import { destroyCommand } from "./destroy.ts";
import { doctorCommand } from "./doctor.ts";
import { buildCommand, pullCommand } from "./images.ts";
import { historyCommand } from "./history.ts";
import { initCommand } from "./init.ts";
import { runCommand } from "./one-off.ts";
import { previewCommand } from "./preview.ts";
import { pulumiCommand } from "./pulumi.ts";
import { restoreCommand } from "./restore.ts";
import { rollbackCommand } from "./rollback.ts";
import { sendCommand } from "./send.ts";
import { statusCommand } from "./status.ts";
import { testCommand } from "./test.ts";
import { upCommand } from "./up.ts";
import { waitCommand } from "./wait.ts";

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
    .addOption(folderOption())
    // What is typed behind `exec web` is another program's, also where it is named like an option here.
    .enablePositionalOptions();
  const commands = [
    ...[initCommand(), upCommand(), previewCommand(), destroyCommand(), statusCommand()],
    ...[
      configCommand(),
      waitCommand(),
      runCommand(),
      testCommand(),
      buildCommand(),
      pullCommand(),
      sendCommand(),
    ],
    ...composeCommands(),
    ...[historyCommand(), rollbackCommand()],
    ...[backupCommand(), restoreCommand(), connectivityCommand(), doctorCommand()],
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program).addOption(folderOption()));
  }
  // Its --help is Pulumi's.
  return program.addCommand(pulumiCommand().addOption(folderOption()));
}

/** Every command takes the option, before and behind the command's name. */
function folderOption(): Option {
  return new Option("-C, --cwd <folder>", "work in this folder");
}
