import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { dump } from "js-yaml";
import { commandFor } from "../../local/command-for.ts";
import { askProgram } from "../ask-program.ts";
import type { Target } from "../target.ts";
import { readStackFile, stackFile } from "../init/stack-file.ts";
import type { PulumiPart } from "../init/program-files.ts";
import type { Config } from "./throw-away-config.ts";

/** A stack of the same program, with a name that no other stack has. Nothing of it is there yet. */
export function throwAwayOf({ program }: Target): Target {
  return { program, stack: `t-${randomBytes(4).toString("hex")}` };
}

/** Whether a stack is one of these by its name. */
export function isThrowAway(stack: string): boolean {
  return /^t-[0-9a-f]{8}$/.test(stack);
}

/** The command that takes such a stack down. */
export function removalOf({ program, stack }: Target): string {
  return commandFor(program.directory, stack, "test", "--remove");
}

/**
 * Makes the file and the state of a throw-away stack from the config of another one. Nothing is on the engine yet.
 *
 * @throws NeedsAttention with every mistake in the definitions.
 */
export async function makeThrowAway(base: Target, target: Target): Promise<void> {
  const { program, stack } = target;
  // To load the schema of definitions takes longer than many commands run.
  const { setApart, throwAwayConfig } = await import("./throw-away-config.ts");
  // With the salt, and so with the passphrase, that the other stack's secrets are locked by.
  const file = readStackFile(program.directory, base.stack);
  const config = throwAwayConfig(ownKeys(file, program.name));
  write(target, file, config);
  // Without an engine: the host ports that are still the other stack's may be taken, by the other stack itself.
  const answers = await askProgram(target, "test", {}, { DOCKER_HOST: "unix:///no-engine.sock" });
  const projects = answers.map((answer) => answer.config);
  write(target, file, setApart(config, stack, projects));
}

function ownKeys({ config = {} }: PulumiPart, program: string): Config {
  const prefix = `${program}:`;
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]): [string, unknown][] =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

function write({ program: { name, directory }, stack }: Target, base: PulumiPart, config: Config): void {
  const own = Object.entries(config).map(([key, value]): [string, unknown] => [`${name}:${key}`, value]);
  const whole = { ...base, config: { ...base.config, ...Object.fromEntries(own) } };
  writeFileSync(stackFile(directory, stack), dump(whole, { lineWidth: -1, skipInvalid: true }));
}
