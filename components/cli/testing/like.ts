import { existsSync } from "node:fs";
import type { Command } from "commander";
import { commandFor } from "../../local/command-for.ts";
import { chooseStack } from "../choose-stack.ts";
import type { Target } from "../target.ts";
import { stackFile } from "../init/stack-file.ts";
import { wrongStack } from "../init/program-files.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { needPassphrase } from "../passphrase.ts";
import { findProgram } from "../program.ts";
import { capturePulumi } from "../pulumi-cli.ts";
import { namedIn } from "../stack-command.ts";
import { makeThrowAway } from "./throw-away.ts";

/** The tag by which the state knows a stack that was made like another one, with the time when it was made. */
const tag = "pulumi-compose:made-like";

/** A stack that was made like another one. */
export interface MadeStack {
  readonly name: string;
  /** Milliseconds since 1970 of its last update; of its making, if it has never been up. */
  readonly at: number;
}

/**
 * The stack that a command names, made like another one: with the config of that stack, its secrets among it, and with
 * names, host ports and volumes of its own. One that is there already gets the other stack's config anew.
 *
 * @throws NeedsAttention where the name is that of a stack which people look after.
 */
export async function madeLike(command: Command, like: string): Promise<Target> {
  const { cwd, stack } = namedIn(command);
  const program = findProgram(cwd);
  const base = await chooseStack(program, like);
  if (stack === undefined) throw new NeedsAttention("--like makes a stack", "Name the stack: --stack pr-123");
  const wrong = wrongStack(stack);
  if (wrong !== undefined)
    throw new NeedsAttention(`no stack can be called ${stack}: ${wrong}`, "Choose another name.");
  const target = { program, stack };
  await needPassphrase(base);
  const isMade = (await madeStacks(target)).some(({ name }) => name === stack);
  if (!isMade && existsSync(stackFile(program.directory, stack))) {
    throw new NeedsAttention(
      `Pulumi.${stack}.yaml is there, and the stack ${stack} was not made by --like`,
      `Choose another name; or leave --like out: ${commandFor(program.directory, stack, "up")}`,
    );
  }
  await makeThrowAway(base, target);
  if (!isMade) await mustPulumi(target, "stack", "tag", "set", tag, new Date().toISOString());
  return target;
}

/** The stacks of a program that were made like others, from the state: any clone finds them. */
export async function madeStacks({ program }: Pick<Target, "program">): Promise<MadeStack[]> {
  const args = ["stack", "ls", "--json", "--tag", tag, "--non-interactive"];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code !== 0) {
    throw new NeedsAttention(`the stacks cannot be listed:\n${stderr.trim()}`, "Nothing was touched.");
  }
  const list = JSON.parse(stdout) as { readonly name: string; readonly lastUpdate?: string }[];
  return Promise.all(
    list.map(async ({ name, lastUpdate }) => {
      const at = lastUpdate ?? (await mustPulumi({ program, stack: name }, "stack", "tag", "get", tag));
      return { name, at: new Date(at.trim()).getTime() };
    }),
  );
}

async function mustPulumi({ program, stack }: Target, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await capturePulumi([...words, "--stack", stack], program.directory);
  if (code === 0) return stdout;
  throw new NeedsAttention(`pulumi ${words.join(" ")}: ${stderr.trim()}`, "Correct that, and run it again.");
}
