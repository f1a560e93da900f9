import { Readable } from "node:stream";
import { labelValue, restoreLabel } from "../plan/package-names.ts";
import { engine, isNotFound, messageOf } from "./engine.ts";
import { inspectContainers } from "./inventory.ts";
import { inFolder, isEmptyFolder } from "./tar.ts";

/** A container that mounts a volume. */
export interface VolumeUser {
  readonly containerId: string;
  readonly containerName: string;
  /** Name of the container's service; for a container without a service, the container's name. */
  readonly service: string;
  /** Name of the swarm's service that has the container; absent for a container of the engine's own. */
  readonly swarmService?: string;
  /** Whether the container runs, is paused or is being restarted. */
  readonly isRunning: boolean;
  readonly writes: boolean;
  /** Path of the volume in the container. */
  readonly target: string;
  readonly environment: readonly string[];
}

/** The arguments that a volume is made with. */
export interface VolumeDefinition {
  readonly name: string;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Names on the engine of the volumes that this library or Compose made for a key of a project. There may be several,
 * because a volume is kept when its key gets another name.
 */
export async function findVolumes(project: string, key: string): Promise<string[]> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.volume=${key}`];
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify({ label }) });
  return volumes.map(({ Name: name }) => name).sort();
}

/** Keys of the volumes that a project has on the engine. */
export async function volumeKeys(project: string): Promise<string[]> {
  const label = [`com.docker.compose.project=${project}`];
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify({ label }) });
  return volumes.map(({ Labels: labels }) => labels["com.docker.compose.volume"] ?? "").sort();
}

/** Whether the engine has a volume of this name. */
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

/** Every container that mounts a volume, of any project. */
export async function usersOf(volume: string): Promise<VolumeUser[]> {
  const containers = await engine.listContainers({ all: true, filters: { volume: [volume] } });
  return (await inspectContainers(containers))
    .map((container) => {
      const mount = container.Mounts.find(({ Name: name }) => name === volume);
      const {
        State: state,
        Config: { Labels: labels },
      } = container;
      const swarmService = labels["com.docker.swarm.service.name"];
      return {
        containerId: container.Id,
        containerName: container.Name.slice(1),
        service: labels["com.docker.compose.service"] ?? container.Name.slice(1),
        ...(swarmService === undefined ? {} : { swarmService }),
        isRunning: state.Running || state.Paused || state.Restarting,
        writes: mount?.RW ?? true,
        target: mount?.Destination ?? "",
        environment: container.Config.Env,
      };
    })
    .sort((one, other) => (one.containerName < other.containerName ? -1 : 1));
}

/** The container through which a volume is being restored, or was being restored when the restore was cut off. */
export async function restorerOf(volume: string): Promise<string | undefined> {
  const containers = await engine.listContainers({ all: true, filters: { volume: [volume] } });
  const restorer = containers.find(({ Labels: labels }) => labelValue(labels, restoreLabel) === volume);
  return restorer?.Names[0]?.slice(1);
}

/** Writing to a volume began, and did not end. */
export class HalfWritten extends Error {}

/** Folder of the volume in the container through which it is read and written. */
const target = "volume";

/**
 * Works on a volume through a container that is made for the work and never started. The engine copies to and from such a
 * container too, so any image will do.
 *
 * The container's name makes sure that only one command works on a volume at a time. The container is removed after the work,
 * also after a failure. Only after `HalfWritten` it stays, as a mark on the volume.
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

export async function anyImage(): Promise<string> {
  // The oldest image is the least likely to be removed now.
  const [image] = (await engine.listImages()).sort((one, other) => one.Created - other.Created);
  if (image === undefined)
    throw new Error("the engine has no image, and a backup needs any image to make a container from");
  return image.Id;
}

/** The volume of a container made by `throughContainer`, as a tar archive of its root, `./`. */
export async function readVolume(containerId: string): Promise<NodeJS.ReadableStream> {
  return archiveOf(containerId, `/${target}`);
}

/** A directory of a container as a tar archive of its root, `./`. */
export async function archiveOf(containerId: string, directory: string): Promise<NodeJS.ReadableStream> {
  // Because of the dot, the archive's entries do not start with the directory's name.
  return engine.getContainer(containerId).getArchive({ path: `${directory}/.` });
}

/** Whether the volume of a container made by `throughContainer` is empty. */
export async function isEmpty(containerId: string): Promise<boolean> {
  return isEmptyFolder((await readVolume(containerId)) as AsyncIterable<Buffer>);
}

/**
 * Unpacks a tar archive into the volume of a container made by `throughContainer`.
 *
 * The engine refuses links that lead out of the folder that an archive is unpacked in, and it takes the owner and mode of
 * that folder from no entry. The archive is therefore unpacked in the container's root, with every entry in the volume's
 * folder.
 *
 * @throws HalfWritten
 */
export async function writeVolume(
  containerId: string,
  archive: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  // A request is not ended by an error in what is sent.
  const broken = new AbortController();
  const moved = Readable.from(inFolder(target, archive), { objectMode: false });
  moved.once("error", (cause) => {
    broken.abort(cause);
  });
  try {
    const abortSignal = AbortSignal.any([signal, broken.signal]);
    await engine.getContainer(containerId).putArchive(moved, { path: "/", abortSignal });
  } catch (error) {
    const cause: unknown = broken.signal.aborted ? broken.signal.reason : error;
    throw new HalfWritten(messageOf(cause), { cause });
  } finally {
    moved.destroy();
  }
}
