import { spawn, type ChildProcess } from "node:child_process";
import { environment, runCommand, type Finished } from "../fixture/command.ts";

/** A person's clone of the program, on a machine of their own as far as its name goes. */
export interface Clone {
  /** Absolute path. */
  readonly folder: string;
  /** Host name of the machine. */
  readonly machine: string;
  /** Environment of every command, over this process's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a command in the clone to its end, whatever that is. */
export async function run({ folder, machine, env }: Clone, ...words: readonly string[]): Promise<Finished> {
  const [command = "", ...args] = onMachine(machine, words);
  return runCommand(command, args, { cwd: folder, env: { ...env, INIT_CWD: folder } });
}

/** Runs a command that has to end well. @returns What it printed. */
export async function must(clone: Clone, ...words: readonly string[]): Promise<string> {
  const { code, output } = await run(clone, ...words);
  if (code !== 0) throw new Error(`${words.join(" ")}:\n${output}`);
  return output;
}

/** Starts a command in the clone, for a test that disturbs it. */
export function start({ folder, machine, env }: Clone, ...words: readonly string[]): ChildProcess {
  const [command = "", ...args] = onMachine(machine, words);
  return spawn(command, args, {
    cwd: folder,
    env: { ...environment(), ...env, INIT_CWD: folder },
    stdio: "ignore",
  });
}

function onMachine(machine: string, words: readonly string[]): string[] {
  return ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', machine, ...words];
}
