import { relative, resolve } from "node:path";
import { isNotFound, messageOf } from "../engine/engine.ts";
import { CommandFailed } from "../engine/exec.ts";
import { restorerOf, usersOf, type VolumeUser } from "../engine/volumes.ts";
import { projectName } from "../plan/project-name.ts";
import { pulumiFor } from "../local/pulumi-for.ts";
import { exitWith } from "./exit-code.mjs";
import { NeedsAttention } from "./needs-attention.mjs";
import { choose, commandFor } from "./project.mjs";

/** What `npm run backup` and `npm run restore` are told. */
export interface VolumeCommand {
  /** Absolute path of the Pulumi project. */
  readonly folder: string;
  readonly stack: string;
  /** Compose project name. */
  readonly project: string;
  /** The volume's key in the definitions: `postgres_data`. */
  readonly volume: string;
  /** Absolute path of the archive. */
  readonly file: string;
  /** How a person brings the stack up. */
  readonly up: string;
  /** How a person calls Pulumi on the stack, with these words. */
  readonly pulumi: (...words: readonly string[]) => string;
  /** Aborted by Ctrl-C, so that what is half done is undone. */
  readonly signal: AbortSignal;
}

/** Runs one of the two commands; whatever goes wrong ends in a message for people. */
export async function volumeCommand(
  name: "backup" | "restore",
  work: (command: VolumeCommand) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interrupted.abort();
    });
  }
  await exitWith(async () => {
    const command = { ...parseArguments(name, process.argv.slice(2)), signal: interrupted.signal };
    try {
      await work(command);
    } catch (error) {
      if (error instanceof NeedsAttention) throw error;
      if (interrupted.signal.aborted) throw new NeedsAttention("interrupted", "Nothing was changed or kept.");
      throw new NeedsAttention(`${name} of ${command.volume}: ${whatIsWrong(error)}`, adviceOn(error));
    }
    return 0;
  });
}

function parseArguments(name: string, args: readonly string[]): Omit<VolumeCommand, "signal"> {
  const { project, stack, others } = choose(args);
  const [volume = "", file = ""] = others;
  if (others.length !== 2) {
    throw new NeedsAttention(
      "which volume of which stack, and which file?",
      `npm run ${name} -- [<project folder>] <stack> <volume> <file>, such as: npm run ${name} -- systems/contravento local postgres_data postgres.tar.gz`,
    );
  }
  return {
    folder: project.directory,
    stack,
    project: projectName(project.name, stack),
    volume,
    // npm runs scripts in the repository's root, wherever it was called.
    file: resolve(process.env.INIT_CWD ?? "", file),
    up: commandFor("up", project, stack),
    pulumi: (...words) => pulumiFor(project, stack, ...words),
  };
}

/** A path as a person in the checkout would write it. */
export function shown(path: string): string {
  const from = relative(process.env.INIT_CWD ?? "", path);
  return from.startsWith("..") ? path : from;
}

/** Who has a volume in use, by name, and how to end that. */
export function inUse(
  volume: string,
  users: readonly VolumeUser[],
  why: string,
  { up }: VolumeCommand,
): NeedsAttention {
  const names = users.map(({ service, containerName }) => `${service} (${containerName})`).join(", ");
  const stop = users.map(({ containerName }) => containerName).join(" ");
  return new NeedsAttention(
    `${volume}: ${names} ${why}`,
    `Stop it first: docker stop ${stop}. Afterwards, ${up} starts it again.`,
  );
}

/** How a person takes away a volume that is filled in part, so that it can be restored once more. */
export function removal(volume: string, through: string, { pulumi }: VolumeCommand, isUsed: boolean): string {
  const destroy = isUsed ? `${pulumi("destroy")}, ` : "";
  return `docker rm ${through}, then ${destroy}docker volume rm ${volume}, and restore it`;
}

/** A volume that a restore is filling, or was when that was cut off, has only a part of its data. */
export async function mustBeWholeVolume(volume: string, command: VolumeCommand): Promise<void> {
  const through = await restorerOf(volume);
  if (through === undefined) return;
  throw new NeedsAttention(
    `${volume} is being restored, or was when that was cut off: it may have only a part of its data`,
    `Let that end; if none is at work: ${removal(volume, through, command, (await usersOf(volume)).length > 1)}.`,
  );
}

function whatIsWrong(error: unknown): string {
  return error instanceof CommandFailed ? error.message : messageOf(error);
}

function adviceOn(error: unknown): string {
  const text = messageOf(error);
  const leftover = /The container name "\/(\S+)" is already in use/.exec(text)?.[1];
  if (leftover !== undefined) {
    return `Another backup or restore of the volume is at work. If there is none: docker rm ${leftover}`;
  }
  return isNotFound(error) ? "Somebody removed it meanwhile; try again." : "Mend that, and try again.";
}
