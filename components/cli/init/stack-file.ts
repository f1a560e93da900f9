import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { NeedsAttention } from "../needs-attention.ts";
import { stateFolder } from "../../local/backend.ts";
import { programIn } from "../program.ts";
import { capturePulumi } from "../pulumi-cli.ts";
import { stackText, type PulumiPart } from "./program-files.ts";

/** A stack that is to be made. */
export interface NewStack {
  readonly directory: string;
  /** Name of the program. */
  readonly name: string;
  readonly stack: string;
  /** The stack's own keys, without the program's name before them. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Asked for values by their key, once Pulumi knows the stack. Pulumi locks them with the passphrase. */
  readonly secrets: () => Promise<Readonly<Record<string, string>>>;
  /** A service to show in the file how config is written. */
  readonly example: string;
  /** Whether commands without `--stack` work on this stack from now on. */
  readonly selected: boolean;
}

/** Makes a stack and its file `Pulumi.<stack>.yaml`. What is half made when a step fails is removed again. */
export async function makeStack(wanted: NewStack): Promise<void> {
  const { directory, stack, config } = wanted;
  const state = stateFolder(programIn(directory));
  if (state !== undefined) mkdirSync(state, { recursive: true });
  const select = wanted.selected ? [] : ["--no-select"];
  await pulumi(["stack", "init", stack, "--non-interactive", ...select], wanted);
  try {
    for (const [key, value] of Object.entries(await wanted.secrets())) {
      // By standard input: whoever lists this machine's processes sees their arguments.
      const set = ["config", "set", "--secret", "--stack", stack, "--non-interactive", key];
      await pulumi(set, wanted, value);
    }
    const kept = readStackFile(directory, stack);
    writeFileSync(stackFile(directory, stack), stackText(wanted, config, kept));
  } catch (error) {
    await capturePulumi(["stack", "rm", stack, "--yes", "--force"], directory);
    rmSync(stackFile(directory, stack), { force: true });
    throw error;
  }
}

/**
 * The value of a secret in the file of another stack, by the passphrase that Pulumi is given. The other stack may be one
 * that this machine has no state of.
 *
 * @param stack A stack that Pulumi knows.
 */
export async function readSecretOf(
  other: string,
  key: string,
  { directory, stack }: { readonly directory: string; readonly stack: string },
): Promise<string> {
  const file = ["--config-file", stackFile(directory, other)];
  const { code, stdout, stderr } = await capturePulumi(
    ["config", "get", key, "--stack", stack, "--non-interactive", ...file],
    directory,
  );
  if (code === 0) return stdout.replace(/\n$/, "");
  throw failed(stderr);
}

export function stackFile(directory: string, stack: string): string {
  return join(directory, `Pulumi.${stack}.yaml`);
}

/** What a stack's file holds; nothing where there is none. */
export function readStackFile(directory: string, stack: string): PulumiPart {
  const file = stackFile(directory, stack);
  return existsSync(file) ? ((load(readFileSync(file, "utf8")) as PulumiPart | null | undefined) ?? {}) : {};
}

async function pulumi(
  args: readonly string[],
  { directory, stack }: NewStack,
  input?: string,
): Promise<void> {
  const { code, stderr } = await capturePulumi(args, directory, { input });
  if (code === 0) return;
  if (stderr.includes("already exists")) {
    throw new NeedsAttention(
      `the state has a stack ${stack} already, and its file Pulumi.${stack}.yaml is missing`,
      `Get the file back from version control, choose another name, or have Pulumi forget the stack: npx pulumi stack rm ${stack} --force`,
    );
  }
  throw failed(stderr);
}

function failed(stderr: string): NeedsAttention {
  const [line = "Pulumi failed"] = stderr.split("\n").filter((text) => text.startsWith("error: "));
  return new NeedsAttention(line.replace(/^error: /, "pulumi: "), "Correct that, and run the command again.");
}
