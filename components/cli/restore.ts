import { createReadStream, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import type { Command } from "commander";
import { messageOf } from "../engine/engine.ts";
import { inLittleMemory } from "../engine/in-little-memory.ts";
import { removeContainer, removeVolume } from "../engine/inventory.ts";
import { restoreNotes } from "../engine/restore-notes.ts";
import { blockSize } from "../engine/tar.ts";
import {
  createVolume,
  HalfWritten,
  isEmpty,
  restorerOf,
  throughContainer,
  usersOf,
  volumeExists,
  writeVolume,
  type VolumeDefinition,
} from "../engine/volumes.ts";
import { own } from "../compose-spec/own.ts";
import { checksumFile, checksumOf, writtenChecksum } from "./checksum-file.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { shown } from "./program.ts";
import { readState, volumesIn } from "./stack-state.ts";
import { isOnSwarm } from "./swarm.ts";
import {
  dockerThere,
  inUse,
  mustBeWholeVolume,
  removal,
  volumeCommand,
  type VolumeCommand,
} from "./volume-command.ts";
import { definedVolume } from "./volume-definition.ts";
import { volumeForItsNode } from "./volume-node.ts";

/** What `backup` saved, into a volume that does not exist, or is empty. */
export function restoreCommand(): Command {
  return volumeCommand("restore", "fill a new or empty volume from a file that backup saved", restore);
}

/** A volume that is missing is made as the next `up` would make it, which then takes it up. */
async function restore(command: VolumeCommand): Promise<void> {
  await mustBeWhole(command);
  await mustHaveContent(command);
  const { target, volume } = command;
  if (isOnSwarm(target)) {
    await restoreOnItsNode(command);
  } else {
    const present = own(volumesIn(await readState(target)), volume);
    if (present !== undefined && (await volumeExists(present))) await fill(present, command);
    else await fillOrMake(await definedVolume(command), command);
  }
  console.log(`restored ${volume} from ${shown(command.file)}; ${command.command("up")} takes it up`);
}

/** Managers see no volume of a node: until all of the data is there, a note keeps the next `up` from taking up a part. */
async function restoreOnItsNode(command: VolumeCommand): Promise<void> {
  const notes = restoreNotes();
  const definition = await volumeForItsNode(command);
  const { name } = definition;
  const isNew = await notes.put(name);
  try {
    await fillOrMake(definition, command);
  } catch (error) {
    if (isNew && (await restorerOf(name)) === undefined) await notes.remove(name);
    throw error;
  }
  await notes.remove(name);
}

async function fillOrMake(definition: VolumeDefinition, command: VolumeCommand): Promise<void> {
  if (await volumeExists(definition.name)) await fill(definition.name, command);
  else await makeAndFill(definition, command);
}

/** A new volume is there with all of its data, or not at all. */
async function makeAndFill(definition: VolumeDefinition, command: VolumeCommand): Promise<void> {
  const { name } = definition;
  await createVolume(definition);
  try {
    await write(name, command);
  } catch (error) {
    const through = await restorerOf(name);
    if (through !== undefined) await removeContainer(through);
    await removeVolume(name);
    throw error;
  }
}

/** One that was there may be in use by what is stopped, and stays; but no `up` takes a part for the whole. */
async function fill(volume: string, command: VolumeCommand): Promise<void> {
  await mustBeWholeVolume(volume, command);
  const users = await usersOf(volume);
  const running = users.filter(({ isRunning }) => isRunning);
  if (running.length > 0) throw inUse(volume, running, "has it in use", command);
  try {
    await write(volume, command);
  } catch (error) {
    const through = error instanceof HalfWritten ? await restorerOf(volume) : undefined;
    if (through === undefined) throw error;
    const why = command.signal.aborted ? "interrupted" : `restore of ${command.volume}: ${messageOf(error)}`;
    throw new NeedsAttention(
      `${why}\n${volume}, which was empty, may have a part of the data now: no up takes it up like that`,
      `To try again: ${removal(volume, through, command, users.length > 0)} once more.`,
    );
  }
}

async function write(volume: string, command: VolumeCommand): Promise<void> {
  await throughContainer(volume, "write", async (id) => {
    if (!(await isEmpty(id))) throw notEmpty(volume, command);
    command.signal.throwIfAborted();
    // An archive that is cut off ends the reading of both.
    const archive = pipeline(createReadStream(command.file), createGunzip(), () => undefined);
    await writeVolume(id, inLittleMemory(archive), command.signal);
  });
}

function notEmpty(volume: string, { target, command }: VolumeCommand): NeedsAttention {
  return new NeedsAttention(
    `${volume} is not empty, and nothing in it is overwritten`,
    `To give up what is in it: ${command("destroy")}, then ${dockerThere(target)} volume rm ${volume}, and restore again.`,
  );
}

async function mustBeWhole({ file }: VolumeCommand): Promise<void> {
  if (!existsSync(file)) throw new NeedsAttention(`there is no file ${shown(file)}`, "Correct the path.");
  const expected = await writtenChecksum(file);
  if (expected === undefined) {
    throw new NeedsAttention(
      `${shown(checksumFile(file))} is missing, or holds no checksum`,
      "It is written beside every backup, and is moved with it.",
    );
  }
  if ((await checksumOf(file)) !== expected) {
    throw new NeedsAttention(
      `${shown(file)} is not what was backed up: its checksum is another than ${shown(checksumFile(file))} says`,
      "Take another backup. Nothing was restored.",
    );
  }
}

/** The first bytes of the archive tell whether there is anything in it. */
async function mustHaveContent({ file }: VolumeCommand): Promise<void> {
  const start = Buffer.alloc(64 * 1024);
  const handle = await open(file);
  let archive: Buffer;
  try {
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    archive = gunzipSync(start.subarray(0, bytesRead), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    throw new NeedsAttention(`${shown(file)} is no compressed archive`, "Take one that backup made.");
  } finally {
    await handle.close();
  }
  if (archive.subarray(0, blockSize).every((byte) => byte === 0)) {
    throw new NeedsAttention(
      `${shown(file)} is an empty archive: it has not even the volume's own folder`,
      "Take another backup. Nothing was restored.",
    );
  }
}
