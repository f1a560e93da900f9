import { createHash } from "node:crypto";
import { engine, isNotFound } from "./engine.ts";

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
    const { Name, Image, Config, HostConfig, State, NetworkSettings } = await engine
      .getContainer(id)
      .inspect();
    return [Name, Image, Config, HostConfig, State.Running, Object.keys(NetworkSettings.Networks).sort()];
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

function hash(look: unknown): string {
  return createHash("sha256").update(JSON.stringify(look)).digest("hex").slice(0, 16);
}
