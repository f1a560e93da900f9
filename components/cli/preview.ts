import type { Command } from "commander";
import { makeState } from "./backend.ts";
import { tellLock } from "./locked.ts";
import { needPassphrase } from "./passphrase.ts";
import { pulumiEnvironment, runPulumi } from "./pulumi-cli.ts";
import { profileOption, scopeOf } from "./scope.ts";
import { stackCommand, targetOf } from "./stack-command.ts";

interface PreviewOptions {
  readonly diff?: boolean;
  readonly expectNoChanges?: boolean;
  readonly json?: boolean;
  readonly profile: readonly string[];
}

/** Without Docker a preview skips what only the engine knows; the program itself says when it needs Compose. */
export function previewCommand(): Command {
  return stackCommand("preview", "show what up would change, and every mistake; changes nothing")
    .argument("[services...]", "only these services and what they depend on (default: all of the stack)")
    .addOption(profileOption())
    .option("--diff", "show every change in full")
    .option("--expect-no-changes", "fail if anything would change")
    .option("--json", "print the changes as JSON")
    .action(async (services: readonly string[], options: PreviewOptions, command: Command) => {
      const { diff, expectNoChanges, json, profile } = options;
      const target = await targetOf(command);
      await needPassphrase(target);
      await makeState(target);
      const scope = await scopeOf(target, { services, profiles: profile });
      const { program, stack } = target;
      const args = [
        ...["preview", "--stack", stack],
        ...(diff === true ? ["--diff"] : []),
        ...(expectNoChanges === true ? ["--expect-no-changes"] : []),
        ...(json === true ? ["--json"] : []),
        ...scope.args,
      ];
      process.exitCode = await runPulumi(args, program.directory, {
        env: { ...pulumiEnvironment(), ...scope.env },
      });
      if (process.exitCode !== 0) await tellLock(target);
    });
}
