import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { labelNames, projectLabel } from "../plan/package-names.ts";
import { engine, isNotFound } from "./engine.ts";

/** What the program made of one project, as the engine has it now. */

/** As `dockerode` types it. */
type Filters = Record<string, string[]>;

/** Asks for each name of the label by itself: the engine takes a list of labels for what has all of them. */
async function madeFor<T>(project: string, list: (filters: Filters) => Promise<readonly T[]>): Promise<T[]> {
  const lists = labelNames(projectLabel).map((label) => list({ label: [`${label}=${project}`] }));
  return (await Promise.all(lists)).flat();
}

export async function containersOf(project: string): Promise<ContainerInfo[]> {
  return madeFor(project, (filters) => engine.listContainers({ all: true, filters }));
}

/** The containers that `docker compose run` made in a project: no state knows them. */
export async function oneOffsOf(project: string): Promise<Named[]> {
  const labels = [`com.docker.compose.project=${project}`, "com.docker.compose.oneoff=True"];
  const containers = await engine.listContainers({ all: true, filters: { label: labels } });
  return containers.map(({ Id: id, Names: [name = ""] }) => ({ id, name: name.slice(1) }));
}

/** Every container of a Compose project, whoever made it. */
export async function composeContainersOf(project: string): Promise<ContainerInfo[]> {
  const label = [`com.docker.compose.project=${project}`];
  return engine.listContainers({ all: true, filters: { label } });
}

export async function runningContainersOf(project: string): Promise<ContainerInfo[]> {
  return (await containersOf(project)).filter(({ State }) => State === "running");
}

/** The services of a project of which a container runs. */
export async function runningServices(project: string): Promise<string[]> {
  const containers = await runningContainersOf(project);
  return containers.map(({ Labels }) => Labels["com.docker.compose.service"] ?? "");
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

export async function networksOf(project: string): Promise<Named[]> {
  const networks = await madeFor(project, (filters) => engine.listNetworks({ filters }));
  return networks.map(({ Id: id, Name: name }) => ({ id, name }));
}

export async function volumesOf(project: string): Promise<Named[]> {
  const volumes = await madeFor(project, async (filters) => {
    const { Volumes: found } = await engine.listVolumes({ filters: JSON.stringify(filters) });
    return found;
  });
  return volumes.map(({ Name: name }) => ({ id: name, name }));
}

/** What the engine says of a container; `undefined` for a container that is gone. */
export async function inspectContainer(id: string): Promise<ContainerInspectInfo | undefined> {
  try {
    return await engine.getContainer(id).inspect();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What the engine says of listed containers. A container that went in between is left out. */
export async function inspectContainers(listed: readonly ContainerInfo[]): Promise<ContainerInspectInfo[]> {
  const found = await Promise.all(listed.map(({ Id: id }) => inspectContainer(id)));
  return found.filter((container) => container !== undefined);
}

/** The id of whichever container has this name. */
export async function containerId(name: string): Promise<string> {
  const { Id: id } = await engine.getContainer(name).inspect();
  return id;
}

/**
 * Stops a container within its own grace period and removes it with its anonymous volumes; one that is gone already is no
 * error.
 */
export async function removeContainer(id: string): Promise<void> {
  await stopAndRemove(id, true);
}

/** The same, and its anonymous volumes are kept as well. */
export async function removeContainerButNotVolumes(id: string): Promise<void> {
  await stopAndRemove(id, false);
}

async function stopAndRemove(id: string, withVolumes: boolean): Promise<void> {
  const container = engine.getContainer(id);
  await container.stop().catch(ignore(304, 404));
  await container.remove({ force: true, v: withVolumes }).catch(ignore(404));
}

export async function removeNetwork(id: string): Promise<void> {
  await engine.getNetwork(id).remove().catch(ignore(404));
}

export async function removeVolume(name: string): Promise<void> {
  await engine.getVolume(name).remove().catch(ignore(404));
}

/** What is done to a container where the engine may answer that there is nothing to do, or that the container is gone. */
export function ignore(...statusCodes: number[]): (error: unknown) => void {
  return (error) => {
    const status = isNotFound(error) ? 404 : (error as { statusCode?: number }).statusCode;
    if (status === undefined || !statusCodes.includes(status)) throw error;
  };
}
