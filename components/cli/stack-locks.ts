import { readFileSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { isBucket, stateFolder } from "../local/backend.ts";
import { clearBucketLocks, readBucketLocks } from "./bucket-locks.ts";
import type { LockContent } from "./lock-content.ts";
import { capture } from "./run.ts";
import type { Target } from "./target.ts";

/** A lock on a stack's state. */
export interface StackLock {
  /** Its file, or its address in a database or a bucket. */
  readonly path: string;
  /** The `pulumi` that holds it, when it is at work on this machine. */
  readonly holder: number | undefined;
  /** Whether its holder was on this machine and is no more, or whether it was never written to its end. */
  readonly dead: boolean;
  /** Who holds it, in words: `pulumi up (process 4711 of ada on lovelace, since 2026-11-21 18:03:22)`. */
  readonly heldBy: string;
}

/** Milliseconds after which a lock that cannot be read is no longer being written: that is a matter of one call. */
const writing = 2_000;

/** Milliseconds by which two clocks of one machine may differ. */
const tolerance = 60_000;

/**
 * The locks on a stack.
 *
 * @returns `undefined` for Pulumi Cloud, which keeps its own to itself.
 */
export async function stackLocks(target: Target): Promise<StackLock[] | undefined> {
  const { program, stack } = target;
  const root = stateFolder(program);
  if (root === undefined) {
    if (!isBucket(program)) return undefined;
    const found = await readBucketLocks(target);
    return Promise.all(found.map(({ path, content }) => lockOf(path, content)));
  }
  const folder = join(root, ".pulumi", "locks", "organization", program.name, stack);
  // Whatever lies there is a lock for Pulumi, also what it had only begun to write, under another ending.
  const names = (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith(".attrs"));
  const locks = await Promise.all(names.map((name) => readLock(join(folder, name))));
  return locks.filter((lock) => lock !== undefined);
}

/** Removes the locks on a stack, which are all that it has. */
export async function removeLocks(locks: readonly StackLock[], target: Target): Promise<void> {
  if (locks.length === 0) return;
  if (isBucket(target.program)) {
    await clearBucketLocks(target);
    return;
  }
  for (const { path } of locks) {
    await rm(path, { force: true });
    await rm(`${path}.attrs`, { force: true });
  }
}

/** @returns `undefined` for one that has gone meanwhile. */
async function readLock(path: string): Promise<StackLock | undefined> {
  for (;;) {
    try {
      return await lockOf(path, JSON.parse(await readFile(path, "utf8")) as LockContent);
    } catch (error) {
      if (isMissing(error)) return undefined;
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: undefined }));
      if (mtimeMs === undefined) return undefined;
      if (Date.now() - mtimeMs > writing) {
        return { path, holder: undefined, dead: true, heldBy: "a pulumi that ended while it wrote its lock" };
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function lockOf(path: string, content: LockContent): Promise<StackLock> {
  const { pid, username, hostname: host, timestamp } = content;
  const since = new Date(timestamp);
  const here = host === hostname();
  const command = here && isAlive(pid) ? await commandOf(pid, since) : undefined;
  const when = since.toLocaleString("sv-SE");
  return {
    path,
    holder: command === undefined ? undefined : pid,
    dead: here && command === undefined,
    heldBy: `${command ?? "pulumi"} (process ${pid} of ${username} on ${host}, since ${when})`,
  };
}

/**
 * What a process runs, as `pulumi up`: the rest of its arguments is nobody's business.
 *
 * @param since When it took the lock. A process that was started later, and is no `pulumi`, only has its number.
 * @returns `undefined` for such a one.
 */
async function commandOf(pid: number, since: Date): Promise<string | undefined> {
  // Without ps, or as the process ends just now, there is no output: what the signal said stands.
  const { stdout } = await capture("ps", ["-o", "lstart=,args=", "-p", String(pid)], {
    cwd: ".",
    env: { ...process.env, LC_ALL: "C" },
  });
  const [, started = "", line = ""] = /^(\w+ +\w+ +\d+ [\d:]+ \d+) +(.*)/.exec(stdout.trim()) ?? [];
  const [program = "", ...args] = line.split(" ");
  const isPulumi = basename(program).startsWith("pulumi");
  if (!isPulumi && new Date(started).getTime() - since.getTime() > tolerance) return undefined;
  const subcommand = args.find((word) => !word.startsWith("-"));
  return isPulumi && subcommand !== undefined ? `pulumi ${subcommand}` : "pulumi";
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

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
