import { setTimeout } from "node:timers/promises";
import { containersOf, networksOf, removeContainer, removeNetwork } from "../engine/inventory.ts";
import { partsInSwarm, removePartInSwarm } from "../engine/swarm-parts.ts";
import { commandFor } from "../local/command-for.ts";
import { nameAside } from "../plan/name-aside.ts";
import { networkTypes, projectLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { lockedBy } from "./locked.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { endOrphanedPlugins } from "./orphaned-plugins.ts";
import { removeLocks, stackLocks, type StackLock } from "./stack-locks.ts";
import { exportState, importState, readState, type PendingOperation, type State } from "./stack-state.ts";

/**
 * Looks without anything new after which the engine has done what it was asked for last. Looks, and not a time: an engine
 * that is slow to make things is slow to list things.
 */
const looksInVain = 15;

/** Milliseconds between two looks. */
const pause = 200;

/**
 * Clears up after a `pulumi` that was killed: removes the resources that the state notes as begun, then the lock. Prints
 * nothing where there is nothing to clear up.
 *
 * Only resources that the state notes as begun are removed: another container of the same name may be another checkout's.
 * Volumes are never touched.
 *
 * @param breaksLock Whether a person says that whoever holds a lock on another machine is dead.
 * @throws NeedsAttention while the holder of a lock may be alive.
 */
export async function recover(target: Target, breaksLock = false): Promise<void> {
  const locks = await stackLocks(target);
  const isOver = ({ dead, holder }: StackLock) => dead || (breaksLock && holder === undefined);
  const held = locks?.filter((lock) => !isOver(lock)) ?? [];
  if (held.length > 0) throw lockedBy(held, target);

  const state = await readState(target);
  const pending = state?.deployment.pending_operations ?? [];
  if (locks === undefined) {
    if (pending.length > 0) throw perhapsAtWork(pending, target);
    return;
  }
  if (pending.length === 0 && locks.length === 0) return;

  await endOrphanedPlugins(target.program.directory);
  if (state !== undefined && pending.length > 0) await removeHalfMade(state, pending, locks, target);
  // Not before: as long as a lock is there, no other `pulumi` begins.
  await removeLocks(locks, target);
  if (pending.length > 0) await importWithoutPending(target);
  console.log(`recovered the stack ${target.stack} from an update that was cut off`);
}

/** The names of what the operations were making. */
function begunBy(pending: readonly PendingOperation[]) {
  const begun = (...types: readonly string[]) =>
    new Set(
      pending.flatMap(({ type: operation, resource }) =>
        operation === "creating" && types.includes(resource.type) ? [resource.inputs?.name ?? ""] : [],
      ),
    );
  return {
    containers: begun("docker:index/container:Container"),
    networks: begun(...networkTypes),
    inSwarm: {
      // Configs and secrets stay while a service has them.
      service: begun("docker:index/service:Service"),
      config: begun("docker:index/serviceConfig:ServiceConfig"),
      secret: begun("docker:index/secret:Secret"),
    },
  };
}

/** What is being made looks the same as what was being made. */
function perhapsAtWork(pending: readonly PendingOperation[], { program, stack }: Target): NeedsAttention {
  const pulumi = (...words: string[]) => commandFor(program.directory, stack, "pulumi", ...words);
  const { containers, networks, inSwarm } = begunBy(pending);
  const commands = [
    pulumi("cancel"),
    ...(containers.size === 0 ? [] : [`docker rm --force ${[...containers].join(" ")}`]),
    ...(networks.size === 0 ? [] : [`docker network rm ${[...networks].join(" ")}`]),
    ...Object.entries(inSwarm).flatMap(([kind, names]) =>
      names.size === 0 ? [] : [`docker ${kind} rm ${[...names].join(" ")}`],
    ),
    pulumi("refresh", "--clear-pending-creates", "--yes"),
  ];
  return new NeedsAttention(
    `an update of the stack ${stack} is at work, or was cut off: from this backend there is no telling which`,
    `Nothing was touched. If none is at work: ${commands.join("; ")}`,
  );
}

async function importWithoutPending(target: Target): Promise<void> {
  const state = await exportState(target);
  if (state === undefined) return;
  await importState(target, { ...state, deployment: { ...state.deployment, pending_operations: [] } });
}

/** Removes what was being made, until nothing more of it comes: the engine may still be at it. */
async function removeHalfMade(
  state: State,
  pending: readonly PendingOperation[],
  locks: readonly StackLock[],
  target: Target,
): Promise<void> {
  const known = new Set(state.deployment.resources?.map(({ id }) => id));
  const project = projectName(target.program.name, target.stack);
  const { containers, networks, inSwarm } = begunBy(pending);
  const kinds = (["service", "config", "secret"] as const).filter((kind) => inSwarm[kind].size > 0);
  if (containers.size + networks.size + kinds.length === 0) return;

  for (let inVain = 0; inVain < looksInVain; inVain += 1) {
    const [allContainers, allNetworks] = await Promise.all([containersOf(project), networksOf(project)]);
    const parts = await Promise.all(
      kinds.map(async (kind) => ({ kind, found: await partsInSwarm(kind, `${projectLabel}=${project}`) })),
    );
    await mustBeAlone(locks, target);
    for (const { Id: id, Names: names } of allContainers) {
      const name = names[0]?.slice(1) ?? "";
      // One that did not become ready may have had to give its name back.
      const isBegun = [...containers].some((begun) => name === begun || name === nameAside(begun, id));
      if (known.has(id) || !isBegun) continue;
      console.log(`removing the container ${name}, which an update left half made`);
      await removeContainer(id);
      inVain = 0;
    }
    for (const { kind, found } of parts) {
      for (const { id, name } of found) {
        if (known.has(id) || !inSwarm[kind].has(name) || !(await removePartInSwarm(kind, id))) continue;
        console.log(`removed the ${kind} ${name}, which an update left half made`);
        inVain = 0;
      }
    }
    for (const { id, name } of allNetworks) {
      if (known.has(id) || !networks.has(name)) continue;
      console.log(`removing the network ${name}, which an update left half made`);
      await removeNetwork(id);
      inVain = 0;
    }
    await setTimeout(pause);
  }
}

/** What was found while the dead locks were there is nobody else's: no other `pulumi` had begun. */
async function mustBeAlone(locks: readonly StackLock[], target: Target): Promise<void> {
  const now = await stackLocks(target);
  const paths = (list: readonly StackLock[] = []) =>
    list
      .map(({ path }) => path)
      .sort()
      .join("\n");
  if (paths(now) === paths(locks)) return;
  throw new NeedsAttention(
    `somebody else has begun to work on the stack ${target.stack}, or to clear it up`,
    "Run it again when that has ended.",
  );
}
