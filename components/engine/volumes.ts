import { labelValue, restoreLabel } from "../plan/package-names.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { blockSize, directoryAlone, isRoot } from "./tar.ts";

/** A container that mounts a volume. */
export interface VolumeUser {
  readonly containerId: string;
  readonly containerName: string;
  /** Name of the service it is of; of a container that is no service, its own name. */
  readonly service: string;
  /** Running, paused or being restarted, as opposed to ended or not yet started. */
  readonly isRunning: boolean;
  readonly writes: boolean;
  /** Where in the container the volume is. */
  readonly target: string;
  readonly environment: readonly string[];
}

/** What a volume is made with. */
export interface VolumeDefinition {
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Names on the engine of the volumes that were made for a project under a key, by this program or by Compose. There may
 * be several: one that has got another name is kept.
 */
export async function findVolumes(project: string, key: string): Promise<string[]> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.volume=${key}`];
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify({ label }) });
  return volumes.map(({ Name: name }) => name).sort();
}

/** The volumes that a project has on the engine, by their keys. */
export async function volumeKeys(project: string): Promise<string[]> {
  const label = [`com.docker.compose.project=${project}`];
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify({ label }) });
  return volumes.map(({ Labels: labels }) => labels["com.docker.compose.volume"] ?? "").sort();
}

/** Whether the engine has a volume of this name, whoever made it. */
export async function volumeExists(name: string): Promise<boolean> {
  try {
    await engine.getVolume(name).inspect();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

export async function createVolume({ name, driver, driverOptions, labels }: VolumeDefinition): Promise<void> {
  await engine.createVolume({ Name: name, Driver: driver, DriverOpts: driverOptions, Labels: labels });
}

/** Every container that mounts a volume, whatever project it is of. */
export async function usersOf(volume: string): Promise<VolumeUser[]> {
  const containers = await engine.listContainers({ all: true, filters: { volume: [volume] } });
  const users = await Promise.all(
    containers.map(async ({ Id: id }) => {
      const container = await engine.getContainer(id).inspect();
      const mount = container.Mounts.find(({ Name: name }) => name === volume);
      const { State: state } = container;
      return {
        containerId: id,
        containerName: container.Name.slice(1),
        service: container.Config.Labels["com.docker.compose.service"] ?? container.Name.slice(1),
        isRunning: state.Running || state.Paused || state.Restarting,
        writes: mount?.RW ?? true,
        target: mount?.Destination ?? "",
        environment: container.Config.Env,
      };
    }),
  );
  return users.sort((one, other) => (one.containerName < other.containerName ? -1 : 1));
}

/** The container through which a volume is being restored, or was when that was cut off. */
export async function restorerOf(volume: string): Promise<string | undefined> {
  const containers = await engine.listContainers({ all: true, filters: { volume: [volume] } });
  const restorer = containers.find(({ Labels: labels }) => labelValue(labels, restoreLabel) === volume);
  return restorer?.Names[0]?.slice(1);
}

/** That writing to a volume has begun and not come to its end. */
export class HalfWritten extends Error {}

/** Where the volume is in the container through which it is read and written. */
const target = "volume";

/**
 * Does something with a volume through a container that is made for it and never started: the engine copies to and
 * from such a one as well, and so its image may be any.
 *
 * Its name keeps two from working on one volume at a time. It goes when the work is done or has failed, but for
 * `HalfWritten`: then it stays, for what it says of the volume.
 */
export async function throughContainer<T>(
  volume: string,
  mode: "read" | "write",
  work: (containerId: string) => Promise<T>,
): Promise<T> {
  const container = await engine.createContainer({
    name: `${volume}-backup`,
    Image: await anyImage(),
    Cmd: ["-"],
    ...(mode === "write" ? { Labels: { [restoreLabel]: volume } } : {}),
    HostConfig: {
      Mounts: [
        {
          Type: "volume",
          Source: volume,
          Target: `/${target}`,
          ReadOnly: mode === "read",
          // An empty volume stays empty.
          VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } },
        },
      ],
    },
  });
  let stays = false;
  try {
    return await work(container.id);
  } catch (error) {
    stays = error instanceof HalfWritten;
    throw error;
  } finally {
    if (!stays) await container.remove({ force: true, v: true });
  }
}

async function anyImage(): Promise<string> {
  // The oldest, which nobody is about to remove.
  const [image] = (await engine.listImages()).sort((one, other) => one.Created - other.Created);
  if (image === undefined) throw new Error("the engine has no image at all, not even for a container");
  return image.Id;
}

/** What is in the volume of a container made by `throughContainer`, as a tar archive of its root, `./`. */
export async function readVolume(containerId: string): Promise<NodeJS.ReadableStream> {
  return archiveOf(containerId, `/${target}`);
}

/** A directory of a container as a tar archive of its root, `./`. */
export async function archiveOf(containerId: string, directory: string): Promise<NodeJS.ReadableStream> {
  // With the dot, the archive's entries do not start with the directory's own name.
  return engine.getContainer(containerId).getArchive({ path: `${directory}/.` });
}

/** Whether the volume of a container made by `throughContainer` is empty. */
export async function isEmpty(containerId: string): Promise<boolean> {
  const archive = await readVolume(containerId);
  let read = Buffer.alloc(0);
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    read = Buffer.concat([read, chunk]);
    if (read.length >= 2 * blockSize) break;
  }
  // The root's own header, and then the end.
  return read.subarray(blockSize, 2 * blockSize).every((byte) => byte === 0);
}

/**
 * Unpacks a tar archive, compressed or not, into the volume of a container made by `throughContainer`.
 *
 * @param header The archive's first header: the engine takes the root's owner and mode from no entry called `./`.
 * @throws HalfWritten
 */
export async function writeVolume(
  containerId: string,
  header: Buffer,
  archive: NodeJS.ReadableStream,
  signal?: AbortSignal,
): Promise<void> {
  const container = engine.getContainer(containerId);
  try {
    await container.putArchive(archive, { path: `/${target}`, abortSignal: signal });
    if (isRoot(header)) await container.putArchive(directoryAlone(header, target), { path: "/" });
  } catch (cause) {
    throw new HalfWritten(messageOf(cause), { cause });
  }
}
