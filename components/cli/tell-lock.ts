import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { exitWith } from "./exit-code.mjs";
import { lockedBy } from "./locked.ts";
import { chooseProject, commandFor } from "./project.mjs";
import { stackLocks } from "./stack-locks.ts";

/**
 * `node components/cli/tell-lock.ts <project folder> <arguments of pulumi>`: says who holds the lock on the stack that a
 * `pulumi` with these arguments has failed on, and what to run where its holder is no more.
 */
const { project, others: args } = chooseProject(process.argv.slice(2));

await exitWith(async () => {
  const stack = stackIn(args) ?? (await selectedStack());
  if (stack === undefined) return 0;
  const locks = (await stackLocks(project, stack)) ?? [];
  const held = locks.filter(({ dead }) => !dead);
  if (held.length > 0) throw lockedBy(held, project, stack);
  if (locks.length > 0) {
    console.error(
      `The stack ${stack} is locked by ${locks.map(({ heldBy }) => heldBy).join(" and by ")}, which was killed.\n` +
        `→ ${commandFor("up", project, stack)} clears up after it, and brings the stack up`,
    );
  }
  return 0;
});

function stackIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === "--stack" || word === "-s");
  return at >= 0
    ? words[at + 1]
    : words.find((word) => word.startsWith("--stack="))?.slice("--stack=".length);
}

async function selectedStack(): Promise<string | undefined> {
  const shown = promisify(execFile)("pulumi", ["stack", "--show-name"], { cwd: project.directory });
  return shown.then(({ stdout }) => stdout.trim()).catch(() => undefined);
}
