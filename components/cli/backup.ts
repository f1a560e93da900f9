import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Command } from "commander";
import { inLittleMemory } from "../engine/in-little-memory.ts";
import { baseBackup, isPostgresData } from "../engine/postgres.ts";
import { wholeArchive } from "../engine/tar.ts";
import {
  findVolumes,
  readVolume,
  throughContainer,
  usersOf,
  volumeExists,
  volumeKeys,
  type VolumeUser,
} from "../engine/volumes.ts";
import { own } from "../compose-spec/own.ts";
import { checksumFile, publish } from "./checksum-file.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { shown } from "./program.ts";
import { readState, volumesIn } from "./stack-state.ts";
import { isOnSwarm } from "./swarm.ts";
import { inUse, mustBeWholeVolume, volumeCommand, type VolumeCommand } from "./volume-command.ts";
import { volumeOnItsNode } from "./volume-node.ts";

/** A volume's content as a compressed tar archive, and its checksum beside it. */
export function backupCommand(): Command {
  return volumeCommand("backup", "save the content of a volume into a file", backUp);
}

/**
 * What a running container writes to cannot be saved as it was at one moment, so that is refused. PostgreSQL is the
 * exception: it gives its data while it runs.
 */
async function backUp(command: VolumeCommand): Promise<void> {
  const volume = isOnSwarm(command.target) ? await volumeOnItsNode(command) : await nameOf(command);
  await mustBeWholeVolume(volume, command);
  for (const path of [command.file, checksumFile(command.file)]) {
    if (existsSync(path)) throw new NeedsAttention(`${shown(path)} exists already`, "Choose another name.");
  }
  if (!existsSync(dirname(command.file))) {
    throw new NeedsAttention(`there is no folder ${shown(dirname(command.file))}`, "Make it first.");
  }

  const writers = (await usersOf(volume)).filter(({ isRunning, writes }) => isRunning && writes);
  const [writer, ...others] = writers;
  if (writer === undefined) {
    await throughContainer(volume, "read", async (id) => save(await readVolume(id), command, volume));
  } else if (others.length === 0 && isPostgresData(writer)) {
    await save(Readable.from(baseBackup(writer)), command, volume, writer);
  } else {
    throw inUse(volume, writers, "writes to it", command);
  }
}

/** The file has its name when it is whole, and not before. */
async function save(
  archive: NodeJS.ReadableStream,
  command: VolumeCommand,
  volume: string,
  server?: VolumeUser,
): Promise<void> {
  const { file, signal } = command;
  const partial = `${file}.partial`;
  const hash = createHash("sha256");
  let size = 0;
  try {
    await pipeline(
      inLittleMemory(wholeArchive(archive as AsyncIterable<Buffer>)),
      createGzip(),
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(partial, { mode: 0o600 }),
      { signal },
    );
    if (server === undefined) await mustBeUnwritten(volume, command);
    const sha256 = hash.digest("hex");
    await publish(partial, file, sha256);
    const how = server === undefined ? "" : ` while ${server.containerName} runs`;
    console.log(`backed up ${volume}${how}: ${shown(file)}, ${size} bytes, sha256 ${sha256}`);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** A container may have been started after it was looked for. */
async function mustBeUnwritten(volume: string, command: VolumeCommand): Promise<void> {
  const writers = (await usersOf(volume)).filter(({ isRunning, writes }) => isRunning && writes);
  if (writers.length > 0) {
    throw inUse(volume, writers, "was started during the backup, and writes to it", command);
  }
}

/** Its name on the engine: the stack's state says which volume it is; without it, the labels of those there are. */
async function nameOf({ target, project, volume, command }: VolumeCommand): Promise<string> {
  const ofStack = volumesIn(await readState(target));
  const inState = own(ofStack, volume);
  if (inState !== undefined && (await volumeExists(inState))) return inState;
  if (inState !== undefined) {
    throw new NeedsAttention(
      `the engine has no volume ${inState}, which is ${volume} of the stack ${target.stack}`,
      "Somebody has removed it.",
    );
  }
  const [name, ...others] = await findVolumes(project, volume);
  if (others.length > 0) {
    throw new NeedsAttention(
      `the engine has more than one volume ${volume} of the project ${project}: ${[name, ...others].join(", ")}`,
      `Which of them is the stack's is known while it is up: ${command("up")}. Or remove the others: docker volume rm …`,
    );
  }
  if (name !== undefined) return name;
  const keys = [...new Set([...Object.keys(ofStack), ...(await volumeKeys(project))])].sort();
  throw new NeedsAttention(
    `the engine has no volume ${volume} of the project ${project}`,
    keys.length === 0 ? "It has no volume of this project." : `It has: ${keys.join(", ")}`,
  );
}
