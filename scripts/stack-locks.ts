import { readFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** A lock on a stack's state, as the file backend writes it. */
export interface StackLock {
  readonly path: string;
  /** The `pulumi` that holds it, when it runs on this machine. */
  readonly holder: number | undefined;
  /** Whether its holder was on this machine and is no more. */
  readonly dead: boolean;
}

/**
 * The locks on a stack of a program. Other backends than files keep theirs to themselves: for them there is none to see.
 *
 * @param directory The checkout, whose `.state` is the backend unless `PULUMI_BACKEND_URL` says otherwise.
 */
export async function stackLocks(program: string, stack: string, directory: string): Promise<StackLock[]> {
  const backend = process.env.PULUMI_BACKEND_URL ?? `file://${join(directory, ".state")}`;
  if (!backend.startsWith("file://")) return [];
  const folder = join(backend.slice("file://".length), ".pulumi", "locks", "organization", program, stack);
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.filter((name) => name.endsWith(".json")).map((name) => readLock(join(folder, name))),
  );
}

export async function removeLock({ path }: StackLock): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.attrs`, { force: true });
}

async function readLock(path: string): Promise<StackLock> {
  try {
    const lock = JSON.parse(await readFile(path, "utf8")) as { pid: number; hostname: string };
    const here = lock.hostname === hostname();
    return { path, holder: here ? lock.pid : undefined, dead: here && !isAlive(lock.pid) };
  } catch {
    // Half written, or just gone: whoever writes it is at work.
    return { path, holder: undefined, dead: false };
  }
}

/** Whether a process of this machine is at work; one that only waits for its parent to take note of its end is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // No such file system: what the signal said stands.
    return true;
  }
}
