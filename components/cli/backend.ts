import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import type { Program } from "./program.ts";
import { capturePulumi, pulumiHome } from "./pulumi-cli.ts";

/** Where Pulumi keeps the state of a program's stacks. */
export function backendUrl({ backend }: Program): string {
  return process.env.PULUMI_BACKEND_URL || backend || loggedInto() || "https://api.pulumi.com";
}

/** The folder of a file backend, as Pulumi finds it; `undefined` for any other backend. */
export function stateFolder(program: Program): string | undefined {
  const path = /^file:\/\/([^?]*)/.exec(backendUrl(program))?.[1];
  return path === undefined ? undefined : resolve(program.directory, path.replace(/^~(?=$|\/)/, homedir()));
}

/** What `pulumi login` noted last. */
function loggedInto(): string | undefined {
  try {
    const { current } = JSON.parse(readFileSync(join(pulumiHome, "credentials.json"), "utf8")) as {
      current?: string;
    };
    return current;
  } catch {
    return undefined;
  }
}

/** Makes the state of a stack that has a file, but no state yet. */
export async function makeState({ program, stack }: Target): Promise<void> {
  const folder = stateFolder(program);
  if (folder !== undefined) {
    // A look at the files, because asking Pulumi takes a third of a second.
    const file = join(folder, ".pulumi", "stacks", program.name, `${stack}.json`);
    if (existsSync(file) || existsSync(`${file}.gz`)) return;
    await mkdir(folder, { recursive: true });
  }
  // dev is what commands without --stack work on anyway. Any other stack is selected by nobody but a person.
  const args = ["stack", "init", stack, "--non-interactive", ...(stack === "dev" ? [] : ["--no-select"])];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code === 0 || stderr.includes("already exists")) return;
  throw new NeedsAttention(
    `Pulumi cannot make the stack ${stack} in ${backendUrl(program)}:\n${(stderr || stdout).trim()}`,
    "Nothing was touched. Where the state is kept is said by PULUMI_BACKEND_URL, by backend.url in Pulumi.yaml, or by `pulumi login`.",
  );
}
