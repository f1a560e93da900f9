import { createRequire } from "node:module";
import { Command, Option } from "commander";

const manifest = createRequire(import.meta.url)("pulumi-compose/package.json") as {
  readonly version: string;
};

/** Commands of Compose's own. */
const composes = ["ps", "logs", "exec", "port", "top", "stop", "start", "restart"] as const;

/** The commands in the order of the help, one module each. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map<string, () => Promise<Command>>([
  ["init", async () => (await import("./init.ts")).initCommand()],
  ["up", async () => (await import("./up.ts")).upCommand()],
  ["preview", async () => (await import("./preview.ts")).previewCommand()],
  ["destroy", async () => (await import("./destroy.ts")).destroyCommand()],
  ["status", async () => (await import("./status.ts")).statusCommand()],
  ["config", async () => (await import("./config.ts")).configCommand()],
  ["wait", async () => (await import("./wait.ts")).waitCommand()],
  ["run", async () => (await import("./one-off.ts")).runCommand()],
  ["test", async () => (await import("./test.ts")).testCommand()],
  ["build", async () => (await import("./images.ts")).buildCommand()],
  ["pull", async () => (await import("./images.ts")).pullCommand()],
  ["send", async () => (await import("./send.ts")).sendCommand()],
  ...composes.map(
    (name) => [name, async () => (await import("./compose-commands.ts")).composeCommand(name)] as const,
  ),
  ["history", async () => (await import("./history.ts")).historyCommand()],
  ["rollback", async () => (await import("./rollback.ts")).rollbackCommand()],
  ["backup", async () => (await import("./backup.ts")).backupCommand()],
  ["restore", async () => (await import("./restore.ts")).restoreCommand()],
  ["connectivity", async () => (await import("./connectivity.ts")).connectivityCommand()],
  ["doctor", async () => (await import("./doctor.ts")).doctorCommand()],
  ["pulumi", async () => (await import("./pulumi.ts")).pulumiCommand()],
]);

/**
 * The command `pulumi-compose` and its commands. An action sets `process.exitCode` where it is not 0, and throws
 * `NeedsAttention` for what a person has to mend.
 *
 * @param typed The first word that was typed. Where the word is a command's name, no other command is loaded. To load all
 *   of them takes longer than many commands run.
 */
export async function commandLine(typed = ""): Promise<Command> {
  const program = new Command("pulumi-compose")
    .description("Brings a Compose project up with Pulumi, and looks after it.")
    .version(manifest.version, "--version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [command]", "print the help of a command")
    .addOption(folderOption())
    // What is typed behind `exec web` is another program's, also where it is named like an option here.
    .enablePositionalOptions();
  const named = commands.get(typed);
  for (const load of named === undefined ? commands.values() : [named]) {
    const command = await load();
    // The --help of `pulumi` is Pulumi's.
    if (command.name() !== "pulumi") command.copyInheritedSettings(program);
    program.addCommand(command.addOption(folderOption()));
  }
  return program;
}

/** Every command takes the option, before and behind the command's name. */
function folderOption(): Option {
  return new Option("-C, --cwd <folder>", "work in this folder");
}
