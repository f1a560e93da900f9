import type { Command } from "commander";
import { backendUrl } from "../local/backend.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { compose, engine, provider, pulumi, type Requirement } from "./requirements.ts";
import { chosenBy, stackCommand } from "./stack-command.ts";
import { workOnEngineOf } from "./stack-engine.ts";
import { table } from "./table.ts";

/** A look at everything that the other commands need. */
export function doctorCommand(): Command {
  return stackCommand(
    "doctor",
    "show what this machine has of what the commands need, and how to get the rest",
  ).action(async (_options: object, command: Command) => {
    const target = chosenBy(command);
    target.catch(() => undefined);
    const rows = await Promise.all(
      Object.entries(requirements(target)).map(([name, requirement]) => look(name, requirement)),
    );
    console.log(table([["", "WHAT", "FOUND"], ...rows.map(({ row }) => row)]));
    // Several rows may miss the same thing, such as a program in this folder.
    const missing = new Set(rows.flatMap(({ problem }) => problem ?? []));
    for (const { message, advice } of missing) console.log(`\n${message}\n→ ${advice}`);
    process.exitCode = missing.size > 0 ? 1 : 0;
  });
}

function requirements(target: Promise<Target>): Record<string, Requirement> {
  return {
    "Node.js": () => Promise.resolve(`${process.versions.node} at ${process.execPath}`),
    "Docker Engine": async () => {
      // Without a stack, the engine of the terminal.
      const chosen = await target.catch(() => undefined);
      if (chosen !== undefined) workOnEngineOf(chosen);
      return engine();
    },
    "Docker Compose": compose,
    Pulumi: pulumi,
    "Docker provider": provider,
    program: async () => {
      const { program } = await target;
      return `${program.name} in ${program.directory}`;
    },
    stack: async () => (await target).stack,
    state: async () => backendUrl((await target).program),
    passphrase: async () => {
      await needPassphrase(await target);
      return "opens the stack's secrets";
    },
  };
}

interface Row {
  readonly row: readonly string[];
  readonly problem?: NeedsAttention;
}

async function look(name: string, requirement: Requirement): Promise<Row> {
  try {
    return { row: ["✓", name, await requirement()] };
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    return { row: ["✗", name, "missing"], problem: error };
  }
}
