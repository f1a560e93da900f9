import type { Command } from "commander";
import { presentNumber, type Update } from "../changes/history.ts";
import { commandFor } from "../local/command-for.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";
import { readState, updatesNoted } from "./stack-state.ts";

/** Who changed what and when, from the stack's state: any clone tells the same. */
export function historyCommand(): Command {
  return stackCommand("history", "show the last updates: who made them, from which commit, what they changed")
    .option("--json", "print a list of updates as JSON")
    .action(async ({ json = false }: { readonly json?: boolean }, command: Command) => {
      const target = await targetOf(command);
      needOneEngine(target, "`docker service inspect` says what a service was before.");
      const { program, stack } = target;
      const updates = updatesNoted(await readState(target));
      if (json) console.log(JSON.stringify(updates, undefined, 2));
      else if (updates.length > 0) console.log(described(updates));
      else {
        const up = commandFor(program.directory, stack, "up");
        console.log(
          `No update of the stack ${stack} of ${program.name} is noted yet. The next one is: ${up}`,
        );
      }
    });
}

/** The newest first, since that is what a person looks for. */
function described(updates: readonly Update[]): string {
  const present = presentNumber(updates);
  return updates
    .toReversed()
    .map(({ number, at, by, on, commit, rollbackTo, said }) => {
      const when = new Date(at).toLocaleString("sv-SE");
      const words = [
        `${number}  ${when}  ${by} on ${on}`,
        ...(commit === undefined ? [] : [`commit ${commit}`]),
        ...(rollbackTo === undefined ? [] : [`rolled back to ${rollbackTo}`]),
        ...(number === present ? ["what runs now"] : []),
      ];
      return [words.join(", "), ...said.map((line) => `   ${line}`)].join("\n");
    })
    .join("\n\n");
}
