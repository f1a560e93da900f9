import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { containersOf, networksOf, removeContainer, removeNetwork } from "../engine/inventory.ts";
import { projectName } from "../plan/project-name.ts";
import { pulumiFor } from "../local/pulumi-for.ts";
import { exitWith } from "./exit-code.mjs";
import { lockedBy } from "./locked.ts";
import { NeedsAttention } from "./needs-attention.mjs";
import { endOrphanedPlugins } from "./orphaned-plugins.ts";
import { choose } from "./project.mjs";
import { removeLock, stackLocks, type StackLock } from "./stack-locks.ts";
import { exportState, type PendingOperation, type State } from "./stack-state.ts";

/**
 * `node components/cli/recover.ts [<project folder>] <stack>`: clears up after a `pulumi` that was killed: what it had begun to make without
 * noting its end, and its lock. Says nothing where nothing was to do.
 *
 * It refuses while a lock is not known to be dead, and removes only what the state says was being made: another
 * container of the same name may be another checkout's. Volumes are never touched.
 */
const { project: program, stack } = choose(process.argv.slice(2));
const run = promisify(execFile);

/** Milliseconds without anything new after which the engine has done what it was asked for last. */
const settled = 3_000;

await exitWith(async () => {
  const locks = await stackLocks(program, stack);
  const held = locks?.filter(({ dead }) => !dead) ?? [];
  if (held.length > 0) throw lockedBy(held, program, stack);

  const state = await exportState(program.directory, stack);
  const pending = state?.deployment.pending_operations ?? [];
  if (locks === undefined) {
    if (pending.length > 0) throw perhapsAtWork(pending);
    return 0;
  }
  if (pending.length === 0 && locks.length === 0) return 0;

  await endOrphanedPlugins(program.directory);
  if (state !== undefined && pending.length > 0) await removeHalfMade(state, pending, locks);
  // Not before: as long as a lock is there, no other `pulumi` begins.
  await Promise.all(locks.map(removeLock));
  if (state !== undefined && pending.length > 0) await importWithoutPending(state);
  console.log(`recovered the stack ${stack} from an update that was cut off`);
  return 0;
});

/** The names of what the operations were making. */
function begunBy(pending: readonly PendingOperation[]) {
  const begun = (type: string) =>
    new Set(
      pending.flatMap(({ type: operation, resource }) =>
        operation === "creating" && resource.type === type ? [resource.inputs?.name ?? ""] : [],
      ),
    );
  return {
    containers: begun("docker:index/container:Container"),
    networks: begun("docker:index/network:Network"),
  };
}

/** What is being made looks the same as what was being made. */
function perhapsAtWork(pending: readonly PendingOperation[]): NeedsAttention {
  const { containers, networks } = begunBy(pending);
  const commands = [
    pulumiFor(program, stack, "cancel"),
    ...(containers.size === 0 ? [] : [`docker rm --force ${[...containers].join(" ")}`]),
    ...(networks.size === 0 ? [] : [`docker network rm ${[...networks].join(" ")}`]),
    pulumiFor(program, stack, "refresh", "--clear-pending-creates", "--yes"),
  ];
  return new NeedsAttention(
    `an update of the stack ${stack} is at work, or was cut off: from this backend there is no telling which`,
    `Nothing was touched. If none is at work: ${commands.join("; ")}`,
  );
}

async function importWithoutPending(state: State): Promise<void> {
  const deployment = { ...state.deployment, pending_operations: [] };
  const child = run("pulumi", ["stack", "import", "--force", "--stack", stack], {
    cwd: program.directory,
  });
  child.child.stdin?.end(JSON.stringify({ ...state, deployment }));
  await child.catch((error: unknown) => {
    const { stderr = "" } = error as { stderr?: string };
    throw new NeedsAttention(
      `the state of the stack ${stack} cannot be mended now:\n${stderr.trim()}`,
      "Run it again when no other pulumi is at work on the stack.",
    );
  });
}

/** Removes what was being made, until nothing more of it comes: the engine may still be at it. */
async function removeHalfMade(
  state: State,
  pending: readonly PendingOperation[],
  locks: readonly StackLock[],
): Promise<void> {
  const known = new Set(state.deployment.resources?.map(({ id }) => id));
  const project = projectName(program.name, stack);
  const { containers, networks } = begunBy(pending);
  if (containers.size + networks.size === 0) return;

  for (let quiet = Date.now(); Date.now() - quiet < settled;) {
    const [allContainers, allNetworks] = await Promise.all([containersOf(project), networksOf(project)]);
    await mustBeAlone(locks);
    for (const { Id: id, Names: names } of allContainers) {
      const name = names[0]?.slice(1) ?? "";
      if (known.has(id) || !containers.has(name)) continue;
      console.log(`removing the container ${name}, which an update left half made`);
      await removeContainer(id);
      quiet = Date.now();
    }
    for (const { id, name } of allNetworks) {
      if (known.has(id) || !networks.has(name)) continue;
      console.log(`removing the network ${name}, which an update left half made`);
      await removeNetwork(id);
      quiet = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What was found while the dead locks were there is nobody else's: no other `pulumi` had begun. */
async function mustBeAlone(locks: readonly StackLock[]): Promise<void> {
  const now = await stackLocks(program, stack);
  const paths = (list: readonly StackLock[] = []) =>
    list
      .map(({ path }) => path)
      .sort()
      .join("\n");
  if (paths(now) === paths(locks)) return;
  throw new NeedsAttention(
    `somebody else has begun to work on the stack ${stack}, or to clear it up`,
    "Run it again when that has ended.",
  );
}
