import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { containersOf, networksOf, removeContainer, removeNetwork } from "../engine/inventory.ts";
import { projectName } from "../model/project-name.ts";
import { repositoryRoot } from "./paths.mjs";
import { choose } from "./project.mjs";
import { removeLock, stackLocks } from "./stack-locks.ts";

/**
 * `node scripts/recover.ts [<project folder>] <stack>`: clears up after a `pulumi` that was killed: what it had begun to make without
 * noting its end, and its lock. Says nothing where nothing was to do.
 *
 * It touches nothing while a lock is not known to be dead, and removes only what the state says was being made:
 * another container of the same name may be another checkout's. Volumes are never touched.
 */
const { project: program, stack } = choose(process.argv.slice(2));
const run = promisify(execFile);

const locks = await stackLocks(program.name, stack, repositoryRoot);
if (locks.every(({ dead }) => dead)) await recover();

async function recover(): Promise<void> {
  const state = await exportState();
  const pending = state?.deployment.pending_operations ?? [];
  if (state !== undefined && pending.length > 0) {
    // A state that is being changed after all refuses the import, and nothing has been touched.
    await removeLocks();
    await importWithoutPending(state);
    await removeHalfMade(state, pending);
  }
  await removeLocks();
  if (pending.length > 0 || locks.length > 0) {
    console.log(`recovered the stack ${stack} from an update that was cut off`);
  }
}

interface State {
  readonly deployment: {
    readonly resources?: readonly { readonly id?: string }[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

async function exportState(): Promise<State | undefined> {
  try {
    const { stdout } = await run("pulumi", ["stack", "export", "--stack", stack], {
      cwd: program.directory,
      maxBuffer: 256 * 1024 * 1024,
    });
    return JSON.parse(stdout) as State;
  } catch {
    // No such stack yet: there is nothing to recover.
    return undefined;
  }
}

async function removeLocks(): Promise<void> {
  await Promise.all(locks.map(removeLock));
}

async function importWithoutPending(state: State): Promise<void> {
  const deployment = { ...state.deployment, pending_operations: [] };
  const child = run("pulumi", ["stack", "import", "--force", "--stack", stack], {
    cwd: program.directory,
  });
  child.child.stdin?.end(JSON.stringify({ ...state, deployment }));
  try {
    await child;
  } catch (error) {
    console.error(`The state of the stack ${stack} cannot be mended now:`);
    console.error((error as { stderr?: string }).stderr?.trim());
    process.exit(1);
  }
}

async function removeHalfMade(state: State, pending: readonly PendingOperation[]): Promise<void> {
  const known = new Set(state.deployment.resources?.map(({ id }) => id));
  const begun = (type: string) =>
    new Set(
      pending
        .filter((operation) => operation.type === "creating" && operation.resource.type === type)
        .map(({ resource }) => resource.inputs?.name),
    );
  const project = projectName(program.name, stack);
  const containers = begun("docker:index/container:Container");
  for (const { Id: id, Names: names } of await containersOf(project)) {
    const name = names[0]?.slice(1) ?? "";
    if (known.has(id) || !containers.has(name)) continue;
    console.log(`removing the container ${name}, which an update left half made`);
    await removeContainer(id);
  }
  const networks = begun("docker:index/network:Network");
  for (const { id, name } of await networksOf(project)) {
    if (known.has(id) || !networks.has(name)) continue;
    console.log(`removing the network ${name}, which an update left half made`);
    await removeNetwork(id);
  }
}
