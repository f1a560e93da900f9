import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { baseBackup, isPostgresData } from "../engine/postgres.ts";
import {
  findVolume,
  readVolume,
  throughContainer,
  usersOf,
  volumeKeys,
  type VolumeUser,
} from "../engine/volumes.ts";
import { checksumFile, writeChecksum } from "./checksum-file.ts";
import { NeedsAttention } from "./needs-attention.mjs";
import { inUse, shown, volumeCommand, type VolumeCommand } from "./volume-command.ts";

/**
 * `npm run backup -- [<project folder>] <stack> <volume> <file>`: a volume's content as a compressed tar archive, and
 * its checksum beside it.
 *
 * What a running container writes to is no backup but a piece of luck, so that is refused, but for PostgreSQL, which
 * gives its data while it runs.
 */
await volumeCommand("backup", async (command) => {
  const volume = await findVolume(command.project, command.volume);
  if (volume === undefined) throw await noVolume(command);
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
});

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
      archive,
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
    await writeChecksum(file, sha256);
    await rename(partial, file);
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

async function noVolume({ project, volume }: VolumeCommand): Promise<NeedsAttention> {
  const keys = await volumeKeys(project);
  return new NeedsAttention(
    `the engine has no volume ${volume} of the project ${project}`,
    keys.length === 0 ? "It has none of this project's at all." : `It has: ${keys.join(", ")}`,
  );
}
