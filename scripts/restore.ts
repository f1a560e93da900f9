import { execFile } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, gunzipSync } from "node:zlib";
import { removeVolume } from "../engine/inventory.ts";
import { blockSize } from "../engine/tar.ts";
import {
  createVolume,
  findVolume,
  isEmpty,
  throughContainer,
  usersOf,
  volumeExists,
  writeVolume,
  type VolumeDefinition,
} from "../engine/volumes.ts";
import { checksumFile, checksumOf, writtenChecksum } from "./checksum-file.ts";
import { NeedsAttention } from "./needs-attention.mjs";
import { pulumiCommand } from "./pulumi-command.mjs";
import { inUse, shown, volumeCommand, type VolumeCommand } from "./volume-command.ts";

/**
 * `npm run restore -- [<project folder>] <stack> <volume> <file>`: what `npm run backup` saved, into a volume that does
 * not exist, or is empty. One that is missing is made as the next `up` would make it, which then takes it up.
 */
await volumeCommand("restore", async (command) => {
  await mustBeWhole(command);
  const header = await headerOf(command);
  const present = await findVolume(command.project, command.volume);
  if (present === undefined) {
    const definition = await definitionOf(command);
    // One of that name that others made, or without labels.
    const isNew = !(await volumeExists(definition.name));
    await createVolume(definition);
    await fill(definition.name, header, command, isNew);
  } else {
    await fill(present, header, command, false);
  }
});

async function fill(volume: string, header: Buffer, command: VolumeCommand, isNew: boolean): Promise<void> {
  const users = (await usersOf(volume)).filter(({ isRunning }) => isRunning);
  if (users.length > 0) throw inUse(volume, users, "has it in use", command);
  try {
    await throughContainer(volume, "write", async (id) => {
      if (!(await isEmpty(id))) throw notEmpty(volume, command);
      await writeVolume(id, header, createReadStream(command.file, { signal: command.signal }));
    });
  } catch (error) {
    // So that no `up` takes half of it for the whole.
    if (isNew) await removeVolume(volume);
    throw error;
  }
  console.log(`restored ${volume} from ${shown(command.file)}; ${command.up} takes it up`);
}

function notEmpty(volume: string, { stack }: VolumeCommand): NeedsAttention {
  return new NeedsAttention(
    `${volume} is not empty, and nothing in it is overwritten`,
    `To give up what is in it: npx pulumi destroy --stack ${stack}, then docker volume rm ${volume}, and restore again.`,
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

/** The first header of the archive, for which its first bytes are enough. */
async function headerOf({ file }: VolumeCommand): Promise<Buffer> {
  const start = Buffer.alloc(64 * 1024);
  const handle = await open(file);
  try {
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    const archive = gunzipSync(start.subarray(0, bytesRead), { finishFlush: constants.Z_SYNC_FLUSH });
    return archive.subarray(0, blockSize);
  } catch {
    throw new NeedsAttention(`${shown(file)} is no compressed archive`, "Take one that npm run backup made.");
  } finally {
    await handle.close();
  }
}

interface Step {
  readonly urn: string;
  readonly newState?: {
    readonly type: string;
    readonly inputs: {
      readonly name: string;
      readonly driver?: string;
      readonly driverOpts?: Readonly<Record<string, string>>;
      readonly labels?: readonly { readonly label: string; readonly value: string }[];
    };
  };
}

/** What the next `up` would make the volume with: the program itself is asked, by a preview. */
async function definitionOf({ folder, stack, volume }: VolumeCommand): Promise<VolumeDefinition> {
  const { command, env } = pulumiCommand();
  const args = ["preview", "--json", "--stack", stack];
  const preview = promisify(execFile)(command, args, { cwd: folder, env, maxBuffer: 256 * 1024 * 1024 });
  const { stdout } = await preview.catch((error: unknown) => {
    const { stderr = "" } = error as { stderr?: string };
    throw new NeedsAttention(
      `the volume ${volume} is missing, and a preview, which says how it is made, fails:\n${stderr.trim()}`,
      `See npx pulumi preview --stack ${stack}`,
    );
  });
  const { steps } = JSON.parse(stdout) as { steps: readonly Step[] };
  const volumes = steps.filter(({ newState }) => newState?.type === "docker:index/volume:Volume");
  const inputs = volumes.find(({ urn }) => urn.endsWith(`::${volume}`))?.newState?.inputs;
  if (inputs === undefined) {
    const keys = volumes.map(({ urn }) => urn.split("::").at(-1) ?? "");
    throw new NeedsAttention(
      `the stack ${stack} has no volume ${volume}`,
      keys.length === 0 ? "It has none." : `It has: ${keys.sort().join(", ")}`,
    );
  }
  const { name, driver = "local", driverOpts = {}, labels = [] } = inputs;
  return {
    name,
    driver,
    driverOptions: driverOpts,
    labels: Object.fromEntries(labels.map(({ label, value }) => [label, value])),
  };
}
