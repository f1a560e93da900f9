import type { ContainerInfo } from "dockerode";
import { projectLabel } from "../plan/plan.ts";
import { engine, isNotFound } from "./engine.ts";

/** What the program made of one project, as the engine has it now. */

const madeFor = (project: string) => ({ label: [`${projectLabel}=${project}`] });

export async function containersOf(project: string): Promise<ContainerInfo[]> {
  return engine.listContainers({ all: true, filters: madeFor(project) });
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
  const networks = await engine.listNetworks({ filters: madeFor(project) });
  return networks.map(({ Id: id, Name: name }) => ({ id, name }));
}

export async function volumesOf(project: string): Promise<Named[]> {
  const { Volumes: volumes } = await engine.listVolumes({ filters: JSON.stringify(madeFor(project)) });
  return volumes.map(({ Name: name }) => ({ id: name, name }));
}

/** The id of whichever container has this name. */
export async function containerId(name: string): Promise<string> {
  const { Id: id } = await engine.getContainer(name).inspect();
  return id;
}

/** Stops a container within its own grace period and removes it; one that is gone already is no error. */
export async function removeContainer(id: string): Promise<void> {
  const container = engine.getContainer(id);
  await container.stop().catch(ignore(304, 404));
  await container.remove({ force: true, v: true }).catch(ignore(404));
}

export async function removeNetwork(id: string): Promise<void> {
  await engine.getNetwork(id).remove().catch(ignore(404));
}

export async function removeVolume(name: string): Promise<void> {
  await engine.getVolume(name).remove().catch(ignore(404));
}

function ignore(...statusCodes: number[]): (error: unknown) => void {
  return (error) => {
    const status = isNotFound(error) ? 404 : (error as { statusCode?: number }).statusCode;
    if (status === undefined || !statusCodes.includes(status)) throw error;
  };
}
