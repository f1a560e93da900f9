import type { LockContent } from "./lock-content.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import type { Target } from "./target.ts";

/** What to do where Pulumi does not get at what it keeps there. */
export const bucketAnswers =
  "Nothing was touched. See whether the database or the bucket that has the state answers, and lets you in.";

/** A lock that lies in a database or a bucket. */
interface BucketLock {
  readonly path: string;
  readonly content: LockContent;
}

/**
 * The locks on a stack whose state is in a database or a bucket. Pulumi tells of them where it wants the lock itself, and
 * of what does so, a renaming to the same name is what comes to nothing.
 *
 * While Pulumi looks, it has the lock for a moment. So a lock counts if it is there at a second look.
 */
export async function readBucketLocks(target: Target): Promise<BucketLock[]> {
  const first = await look(target);
  if (first.length === 0) return [];
  const second = await look(target);
  return second.filter(({ path }) => first.some((lock) => lock.path === path));
}

/** Removes every lock on the stack. */
export async function clearBucketLocks({ program, stack }: Target): Promise<void> {
  const { code, stderr } = await capturePulumi(["cancel", "--yes", "--stack", stack], program.directory);
  if (code !== 0) throw unreadable(stack, stderr);
}

async function look({ program, stack }: Target): Promise<BucketLock[]> {
  const args = ["stack", "rename", stack, "--stack", stack, "--non-interactive"];
  const { stderr } = await capturePulumi(args, program.directory);
  if (stderr.includes("currently locked by")) return locksIn(stderr);
  if (/already exists|no stack named/.test(stderr)) return [];
  throw unreadable(stack, stderr);
}

/** What Pulumi says of locks: `<address>: created by ada@lovelace (pid 4711) at 2026-11-21T18:03:22Z`, a line each. */
export function locksIn(text: string): BucketLock[] {
  const line = /^\s*(\S+): created by (.*)@([^@\s]*) \(pid (\d+)\) at (\S+)$/gm;
  return [...text.matchAll(line)].map(([, path = "", username = "", hostname = "", pid, timestamp = ""]) => ({
    path,
    content: { pid: Number(pid), username, hostname, timestamp },
  }));
}

function unreadable(stack: string, stderr: string): NeedsAttention {
  return new NeedsAttention(
    `the locks on the stack ${stack} cannot be read:\n${stderr.trim()}`,
    bucketAnswers,
  );
}
