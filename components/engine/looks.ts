import { createHash } from "node:crypto";
import type { ContainerInspectInfo } from "dockerode";
import { engine, isNotFound } from "./engine.ts";
import { mayEnd } from "./project-readiness.ts";

/** The kinds of things that an update makes. Images and volumes are known by their names, the others by their ids. */
export type Kind = "container" | "network" | "volume" | "image";

/** Something on the engine. */
export interface Thing {
  readonly kind: Kind;
  /** What the engine knows the thing by. */
  readonly key: string;
}

/**
 * How a thing looks on the engine: a hash of what an update makes, or somebody changes by hand. What changes by itself, such
 * as health and times, is no part of the look.
 *
 * @returns `undefined` for a thing that the engine does not have.
 */
export async function lookOf({ kind, key }: Thing): Promise<string | undefined> {
  try {
    return hash(await seen[kind](key));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const seen: Readonly<Record<Kind, (key: string) => Promise<unknown>>> = {
  container: async (id) => {
    const container = await engine.getContainer(id).inspect();
    const { Name, Image, Config, HostConfig, NetworkSettings } = container;
    const networks = Object.keys(NetworkSettings.Networks).sort();
    return [Name, Image, Config, HostConfig, isLeftAlone(container), networks];
  },
  network: async (id) => {
    const { Id, Name, Driver, Options, Internal, Labels, IPAM } = await engine.getNetwork(id).inspect();
    return [Id, Name, Driver, Options, Internal, Labels, IPAM];
  },
  volume: async (name) => {
    const { Driver, Options, Labels } = await engine.getVolume(name).inspect();
    return [Driver, Options, Labels];
  },
  image: async (reference) => (await engine.getImage(reference).inspect()).Id,
};

/** Whether a container runs, or has ended as the container may: when the container ends is nobody's change. */
function isLeftAlone(container: ContainerInspectInfo): boolean {
  const { Running: running, Status: status, ExitCode: code } = container.State;
  return running || (status === "exited" && code === 0 && mayEnd(container));
}

function hash(look: unknown): string {
  return createHash("sha256").update(JSON.stringify(look)).digest("hex").slice(0, 16);
}
