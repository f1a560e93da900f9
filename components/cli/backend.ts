import { mkdir } from "node:fs/promises";
import { shownBackend, stateFile, stateFolder } from "../local/backend.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import { readState } from "./stack-state.ts";
import { mustBeWholeState } from "./state-file.ts";

/**
 * Makes the state of a stack that has a file, but no state yet.
 *
 * @throws NeedsAttention also where there is a state, and its file is broken.
 */
export async function makeState({ program, stack }: Target): Promise<void> {
  const folder = stateFolder(program);
  if (folder !== undefined) {
    // A look at the files, because asking Pulumi takes a third of a second.
    if (stateFile(program, stack) !== undefined) {
      mustBeWholeState({ program, stack });
      return;
    }
    await mkdir(folder, { recursive: true });
  } else if ((await readState({ program, stack })) !== undefined) {
    // To make a stack wants the lock, also where there is the stack already, and somebody may be at work on it.
    return;
  }
  // dev is what commands without --stack work on anyway. Any other stack is selected by nobody but a person.
  const args = ["stack", "init", stack, "--non-interactive", ...(stack === "dev" ? [] : ["--no-select"])];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code === 0 || stderr.includes("already exists")) return;
  throw new NeedsAttention(
    `Pulumi cannot make the stack ${stack} in ${shownBackend(program)}:\n${(stderr || stdout).trim()}`,
    "Nothing was touched. Where the state is kept is said by PULUMI_BACKEND_URL, by backend.url in Pulumi.yaml, or by `pulumi login`.",
  );
}
