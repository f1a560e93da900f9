import type { Command } from "commander";
import { makeState } from "./backend.ts";
import { tellLock } from "./locked.ts";
import { needPassphrase } from "./passphrase.ts";
import { runPulumi } from "./pulumi-cli.ts";
import { stackCommand, targetOf } from "./stack-command.ts";

interface PreviewOptions {
  readonly diff?: boolean;
  readonly expectNoChanges?: boolean;
  readonly json?: boolean;
}

/** Without Docker a preview skips what only the engine knows; the program itself says when it needs Compose. */
export function previewCommand(): Command {
  return stackCommand("preview", "show what up would change, and every mistake; changes nothing")
    .option("--diff", "show every change in full")
    .option("--expect-no-changes", "fail if anything would change")
    .option("--json", "print the changes as JSON")
    .action(async ({ diff, expectNoChanges, json }: PreviewOptions, command: Command) => {
      const target = await targetOf(command);
      await needPassphrase(target);
      await makeState(target);
      const { program, stack } = target;
      const args = [
        ...["preview", "--stack", stack],
        ...(diff === true ? ["--diff"] : []),
        ...(expectNoChanges === true ? ["--expect-no-changes"] : []),
        ...(json === true ? ["--json"] : []),
      ];
      process.exitCode = await runPulumi(args, program.directory);
      if (process.exitCode !== 0) await tellLock(target);
    });
}
