import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { containersOf, networksOf, removeContainer, removeNetwork } from "../engine/inventory.ts";
import { projectName } from "../model/project-name.ts";

/**
 * Clears up after a `pulumi` that was killed: its lock, what it had begun to make, and the containers and networks
 * that it made without having noted them. Volumes are never touched. Says nothing where nothing was to do.
 *
 * Only the traces of a crash let it touch anything: without them, what the state does not know may well be another
 * checkout's.
 */
const stack = process.argv[2] ?? "dev";
const directory = join(import.meta.dirname, "..");
const run = promisify(execFile);

const locks = await deadLocks();
// A lock that is alive is Pulumi's own to refuse; the state may be read all the same.
for (const path of locks) await Promise.all([rm(path), rm(`${path}.attrs`, { force: true })]);
const state = await exportState();
const pending = state?.deployment.pending_operations ?? [];
if (state !== undefined && (locks.length > 0 || pending.length > 0)) {
  const known = new Set(state.deployment.resources?.map(({ id }) => id));
  await removeUnknown(known);
  if (pending.length > 0) await importWithoutPending(state);
  console.log(`recovered the stack ${stack} from an update that was cut off`);
}

interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

interface State {
  readonly deployment: {
    readonly resources?: readonly { readonly id?: string }[];
    readonly pending_operations?: readonly unknown[];
  };
}

/** Locks of the file backend whose process was on this machine and is no more. */
async function deadLocks(): Promise<string[]> {
  const backend = process.env.PULUMI_BACKEND_URL ?? `file://${join(directory, ".state")}`;
  if (!backend.startsWith("file://")) return [];
  const folder = join(
    backend.slice("file://".length),
    ".pulumi",
    "locks",
    "organization",
    "super-team",
    stack,
  );
  const names = await readdir(folder).catch(() => []);
  const dead: string[] = [];
  for (const name of names.filter((entry) => entry.endsWith(".json"))) {
    const lock = JSON.parse(await readFile(join(folder, name), "utf8")) as Lock;
    if (lock.hostname === hostname() && !isAlive(lock.pid)) dead.push(join(folder, name));
  }
  return dead;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function exportState(): Promise<State | undefined> {
  try {
    const { stdout } = await run("pulumi", ["stack", "export", "--stack", stack], {
      maxBuffer: 256 * 1024 * 1024,
    });
    return JSON.parse(stdout) as State;
  } catch {
    // No such stack yet: there is nothing to recover.
    return undefined;
  }
}

async function removeUnknown(known: ReadonlySet<string | undefined>): Promise<void> {
  const project = projectName(stack);
  for (const { Id: id, Names: names } of await containersOf(project)) {
    if (known.has(id)) continue;
    console.log(`removing the container ${names[0]?.slice(1) ?? id}, which an update left half made`);
    await removeContainer(id);
  }
  for (const { id, name } of await networksOf(project)) {
    if (known.has(id)) continue;
    console.log(`removing the network ${name}, which an update left half made`);
    await removeNetwork(id);
  }
}

async function importWithoutPending(state: State): Promise<void> {
  const deployment = { ...state.deployment, pending_operations: [] };
  const child = run("pulumi", ["stack", "import", "--force", "--stack", stack]);
  child.child.stdin?.end(JSON.stringify({ ...state, deployment }));
  await child;
}
