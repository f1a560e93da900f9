import { resolve } from "node:path";
import type { Command } from "commander";
import { engineAddress } from "../engine/address.ts";
import { isNotFound, messageOf } from "../engine/engine.ts";
import { CommandFailed } from "../engine/exec.ts";
import { restorerOf, usersOf, type VolumeUser } from "../engine/volumes.ts";
import { commandFor } from "../local/command-for.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { isOnSwarm } from "./swarm.ts";

/** What `backup` and `restore` are told. */
export interface VolumeCommand {
  readonly target: Target;
  /** Compose project name. */
  readonly project: string;
  /** The volume's key in the definitions: `postgres_data`. */
  readonly volume: string;
  /** Absolute path of the archive. */
  readonly file: string;
  /** How a person calls a command on the stack, with these words. */
  readonly command: (...words: readonly string[]) => string;
  /** Aborted by Ctrl-C, so that what is half done is undone. */
  readonly signal: AbortSignal;
}

/** One of the two commands; whatever goes wrong ends in a message for people. */
export function volumeCommand(
  name: "backup" | "restore",
  summary: string,
  work: (command: VolumeCommand) => Promise<void>,
): Command {
  return stackCommand(name, summary)
    .argument("<volume>", "the volume's key in the Compose file")
    .argument("<file>", "the archive: postgres.tar.gz")
    .action(async (volume: string, file: string, _options: object, command: Command) => {
      const target = await targetOf(command);
      await need(engine);
      const { program, stack } = target;
      const interrupted = new AbortController();
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.on(signal, () => {
          interrupted.abort();
        });
      }
      try {
        await work({
          target,
          project: projectName(program.name, stack),
          volume,
          file: resolve(file),
          command: (...words) => commandFor(program.directory, stack, ...words),
          signal: interrupted.signal,
        });
      } catch (error) {
        if (error instanceof NeedsAttention) throw error;
        if (interrupted.signal.aborted)
          throw new NeedsAttention("interrupted", "Nothing was changed or kept.");
        throw new NeedsAttention(`${name} of ${volume}: ${whatIsWrong(error)}`, adviceOn(error, target));
      }
    });
}

/** Who has a volume in use, by name, and how to end that. */
export function inUse(
  volume: string,
  users: readonly VolumeUser[],
  why: string,
  { target, command }: VolumeCommand,
): NeedsAttention {
  const names = users.map(({ service, containerName }) => `${service} (${containerName})`).join(", ");
  const services = [...new Set(users.flatMap(({ swarmService }) => swarmService ?? []))];
  const containers = users.flatMap(({ swarmService, containerName }) =>
    swarmService === undefined ? [containerName] : [],
  );
  const stop = [
    ...(containers.length === 0 ? [] : [`${dockerThere(target)} stop ${containers.join(" ")}`]),
    // A swarm starts a container that was stopped once more.
    ...services.map((name) => `docker service scale ${name}=0, on a manager`),
  ];
  return new NeedsAttention(
    `${volume}: ${names} ${why}`,
    `Stop it first: ${stop.join("; ")}. Afterwards, ${command("up")} starts it again.`,
  );
}

/** How a person calls Docker's command line where the volume is. */
export function dockerThere(target: Target): string {
  const address = engineAddress();
  return isOnSwarm(target) && address !== "" ? `docker --host ${address}` : "docker";
}

/** How a person takes away a volume that is filled in part, so that it can be restored once more. */
export function removal(
  volume: string,
  through: string,
  { target, command }: VolumeCommand,
  isUsed: boolean,
): string {
  const destroy = isUsed ? `${command("destroy")}, ` : "";
  const docker = dockerThere(target);
  return `${docker} rm ${through}, then ${destroy}${docker} volume rm ${volume}, and restore it`;
}

/** A volume that a restore is filling, or was when that was cut off, has only a part of its data. */
export async function mustBeWholeVolume(volume: string, command: VolumeCommand): Promise<void> {
  const through = await restorerOf(volume);
  if (through === undefined) return;
  throw new NeedsAttention(
    `${volume} is being restored, or a restore of it was cut off: it may have only a part of its data`,
    `Let the restore end. If none is at work: ${removal(volume, through, command, (await usersOf(volume)).length > 1)}.`,
  );
}

function whatIsWrong(error: unknown): string {
  return error instanceof CommandFailed ? error.message : messageOf(error);
}

function adviceOn(error: unknown, target: Target): string {
  const text = messageOf(error);
  const leftover = /The container name "\/(\S+)" is already in use/.exec(text)?.[1];
  if (leftover !== undefined) {
    return `Another backup or restore of the volume is at work. If there is none: ${dockerThere(target)} rm ${leftover}`;
  }
  return isNotFound(error) ? "Somebody removed it meanwhile; try again." : "Mend that, and try again.";
}
