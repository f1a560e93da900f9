import { statfsSync } from "node:fs";
import { engineAddress, engineIsOnThisSystem } from "./address.ts";
import { engine } from "./engine.ts";
import { sshDestination } from "./setting.ts";
import { runOnServer } from "./ssh.ts";

/** The machine of an engine, as far as a stack may want for something there. */
export interface ServerFacts {
  /** Bytes. */
  readonly memory: number;
  readonly processors: number;
  /** Seconds by which its clock is ahead of this machine's. */
  readonly ahead: number;
  /** The disk with images, containers and volumes; absent where only the engine's API is open to us. */
  readonly disk?: { readonly path: string; readonly free: number; readonly size: number };
}

export async function serverFacts(): Promise<ServerFacts> {
  const asked = Date.now();
  const { MemTotal, NCPU, SystemTime, DockerRootDir } = (await engine.info()) as Record<string, unknown>;
  const now = (asked + Date.now()) / 2;
  const disk = diskAt(String(DockerRootDir));
  return {
    memory: Number(MemTotal),
    processors: Number(NCPU),
    ahead: (new Date(String(SystemTime)).getTime() - now) / 1000,
    ...(disk === undefined ? {} : { disk: { path: String(DockerRootDir), ...disk } }),
  };
}

function diskAt(path: string): { readonly free: number; readonly size: number } | undefined {
  const to = sshDestination(engineAddress());
  if (to !== undefined) return diskIn(runOnServer(to, ["df", "-Pk", path]));
  if (!engineIsOnThisSystem()) return undefined;
  const { bavail, blocks, bsize } = statfsSync(path);
  return { free: bavail * bsize, size: blocks * bsize };
}

/** What `df -Pk` says of one path, in bytes; `undefined` where it says nothing. */
export function diskIn(said: string): { readonly free: number; readonly size: number } | undefined {
  const [, size, , free] = (/^\S.*?\s(\d+)\s+(\d+)\s+(\d+)\s+\d+%/m.exec(said) ?? []).map(Number);
  return size === undefined || free === undefined ? undefined : { size: size * 1024, free: free * 1024 };
}
