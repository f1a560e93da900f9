import type { Command } from "commander";
import { seesListeners } from "../engine/listeners.ts";
import { serverFacts, type ServerFacts } from "../engine/server.ts";
import { backendUrl } from "../local/backend.ts";
import type { Target } from "./target.ts";
import { commandFor } from "../local/command-for.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { findingsIn } from "./preview.ts";
import { needPassphrase } from "./passphrase.ts";
import { compose, engine, provider, pulumi, type Requirement } from "./requirements.ts";
import { chosenBy, stackCommand } from "./stack-command.ts";
import { isOnServer, workOnEngineOf } from "./stack-engine.ts";
import { table } from "./table.ts";

/** A look at everything that the other commands need. */
export function doctorCommand(): Command {
  return stackCommand(
    "doctor",
    "show what this machine has of what the commands need, and how to get the rest",
  ).action(async (_options: object, command: Command) => {
    const target = chosenBy(command);
    target.catch(() => undefined);
    const rows = await looks(requirements(target));
    // Of a server that does not answer, one row says so.
    const [, engineRow] = rows;
    if (engineRow?.problem === undefined && (await target.then(isOnServer, () => false)))
      rows.splice(2, 0, ...(await looks(ofServer(await target))));
    console.log(table([["", "WHAT", "FOUND"], ...rows.map(({ row }) => row)]));
    // Several rows may miss the same thing, such as a program in this folder.
    const missing = new Set(rows.flatMap(({ problem }) => problem ?? []));
    for (const { message, advice } of missing) console.log(`\n${message}\n→ ${advice}`);
    process.exitCode = missing.size > 0 ? 1 : 0;
  });
}

/** What a server has of what a stack needs there. */
function ofServer(target: Target): Record<string, Requirement> {
  let facts: Promise<ServerFacts> | undefined;
  const asked = () => (facts ??= serverFacts());
  return {
    "memory there": async () => {
      const { memory, processors } = await asked();
      return `${gigabytes(memory)}, ${processors} processors`;
    },
    "disk there": async () => {
      const { disk } = await asked();
      if (disk === undefined) return "not known: the engine does not tell";
      const { path, free, size } = disk;
      const told = `${gigabytes(free)} of ${gigabytes(size)} free at ${path}`;
      if (free >= leastDisk) return told;
      throw new NeedsAttention(
        `the server's disk is almost full: ${told}`,
        "Make room there: docker system df says what takes it, and docker image prune removes images that nothing uses.",
      );
    },
    "clock there": async () => {
      const { ahead } = await asked();
      const seconds = Math.round(Math.abs(ahead));
      const told = `${seconds} s ${ahead > 0 ? "ahead of" : "behind"} this machine's`;
      if (seconds <= mostSeconds) return seconds === 0 ? "the same as this machine's" : told;
      throw new NeedsAttention(
        `the server's clock is ${told}`,
        "Set both clocks by the network: sudo timedatectl set-ntp true",
      );
    },
    "ports there": () => portsThere(target),
  };
}

/** Whether something else on the server has a host port that the stack wants. */
async function portsThere(target: Target): Promise<string> {
  const { program, stack } = target;
  // What is wrong with the stack otherwise is for a preview to tell.
  const found = await findingsIn(target).catch(() => undefined);
  if (found === undefined || (!found.succeeded && found.findings.length === 0))
    return `not known: ${commandFor(program.directory, stack, "preview")} says why`;
  const taken = found.findings.filter(({ name }) => name === "port-taken");
  const [first] = taken;
  if (first !== undefined)
    throw new NeedsAttention(
      taken.map(({ path, message }) => `${path}: ${message}`).join("\n"),
      `${first.fix}.`,
    );
  return seesListeners()
    ? "nobody else has one that the stack wants"
    : "no container has one that the stack wants; what else listens is not known: the engine does not tell";
}

/** Bytes: less is not enough for one more image. */
const leastDisk = 1024 ** 3;

/** Certificates and logins of a minute are not valid across a larger difference. */
const mostSeconds = 30;

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
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

function looks(wanted: Readonly<Record<string, Requirement>>): Promise<Row[]> {
  return Promise.all(Object.entries(wanted).map(([name, requirement]) => look(name, requirement)));
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
