import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { folderHash } from "../../scripts/folder-hash.mjs";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";

/** The package for pytest. */
export const source = join(directory, "testing", "python");

/** Why the tests in Python cannot run on this machine; `undefined` where they can. */
export async function missing(): Promise<string | undefined> {
  const script = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
  const found = await runCommand("python3", ["-c", script], { cwd: directory }).catch(() => undefined);
  return found?.code === 0 ? undefined : "Python 3.11 with venv is not installed (python3-venv)";
}

/**
 * A virtual environment with the package as pip installs it, and with what its tests need. It is made again when one of
 * these has changed.
 *
 * @returns The folder of its commands.
 */
export async function pythonEnvironment(): Promise<string> {
  const requirements = join(source, "requirements.txt");
  const hash = await folderHash(
    join(source, "src"),
    [await readFile(requirements, "utf8"), await readFile(join(source, "pyproject.toml"), "utf8")].join(),
  );
  const folder = join(directory, ".state", "python", hash);
  const commands = join(folder, "bin");
  const whole = join(folder, "whole");
  if (!existsSync(whole)) {
    await rm(join(directory, ".state", "python"), { recursive: true, force: true });
    await must("python3", "-m", "venv", folder);
    await must(join(commands, "pip"), "install", "--quiet", "--requirement", requirements, source);
    await must("touch", whole);
  }
  return commands;
}

/** @returns What the command printed. */
export async function must(command: string, ...args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(command, args, { cwd: directory });
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} (exit code ${code}):\n${output}`);
  return output;
}
