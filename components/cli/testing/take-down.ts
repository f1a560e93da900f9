import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { imagesBuiltFor, removeImage } from "../../engine/images.ts";
import {
  composeContainersOf,
  containersOf,
  networksOf,
  removeContainer,
  removeNetwork,
  removeVolume,
  volumesOf,
} from "../../engine/inventory.ts";
import { stateFolder } from "../../local/backend.ts";
import { projectName } from "../../plan/project-name.ts";
import type { Target } from "../target.ts";
import { stackFile } from "../init/stack-file.ts";
import { NeedsAttention } from "../needs-attention.ts";
import { endOrphanedPlugins } from "../orphaned-plugins.ts";
import { capturePulumi } from "../pulumi-cli.ts";
import { isAlive, removeLocks, stackLocks } from "../stack-locks.ts";
import { removalOf } from "./throw-away.ts";

/** Milliseconds after which a step of the removal is given up. */
const patience = 300_000;

/**
 * Takes a throw-away stack down with its volumes, and forgets the stack.
 *
 * @throws NeedsAttention with what could not be removed.
 */
export async function takeDown(target: Target): Promise<void> {
  const steps = [destroy, clearEngine, forget];
  const failures: string[] = [];
  // Each step is taken, whatever became of the one before.
  for (const step of steps) {
    await step(target).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error));
    });
  }
  if (failures.length === 0) return;
  throw new NeedsAttention(
    [`something of the stack ${target.stack} is left:`, ...failures].join("\n"),
    `Try again: ${removalOf(target)}`,
  );
}

/** What is not on the engine, only Pulumi can remove. */
async function destroy(target: Target): Promise<void> {
  const { program, stack } = target;
  const args = ["destroy", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  if (!(await endUpdate(target))) {
    const { code, stderr } = await capturePulumi(args, program.directory);
    if (code === 0 || stderr.includes("no stack named")) return;
    // An update that had just begun when it was looked for has locked the stack meanwhile.
    await endUpdate(target);
  }
  // A container that an update has made and not noted would hold the networks and the volumes. Of that, and of what a test
  // has removed itself, Pulumi learns by a refresh.
  const containers = await composeContainersOf(projectName(program.name, stack));
  await Promise.allSettled(containers.map(({ Id: id }) => removeContainer(id)));
  const { code, stdout, stderr } = await capturePulumi([...args, "--refresh"], program.directory);
  if (code !== 0 && !stderr.includes("no stack named")) throw new Error(`${stdout}${stderr}`.trim());
}

/** Removes whatever is left of a stack on the engine, also what its state does not know. */
export async function clearEngine(target: Target): Promise<void> {
  const project = projectName(target.program.name, target.stack);
  await until("nothing of the stack is left on the engine", () => isCleared(project));
  // An image that somebody has tagged as well, or uses, stays.
  for (const image of await imagesBuiltFor(project)) await removeImage(image);
}

/** @returns Whether there was nothing to remove: what was being made when `pulumi` ended may still come. */
async function isCleared(project: string): Promise<boolean> {
  const [own, ofCompose, networks, volumes] = await Promise.all([
    containersOf(project),
    // A one-off container of Compose's own holds the networks too.
    composeContainersOf(project),
    networksOf(project),
    volumesOf(project),
  ]);
  // What the engine refuses now, since it is still at it, is tried again.
  const containers = [...new Set([...own, ...ofCompose].map(({ Id: id }) => id))];
  await Promise.allSettled(containers.map(removeContainer));
  await Promise.allSettled(networks.map(({ id }) => removeNetwork(id)));
  await Promise.allSettled(volumes.map(({ name }) => removeVolume(name)));
  return containers.length + networks.length + volumes.length === 0;
}

/**
 * Ends a `pulumi` that is still at work on the stack: it would make anew what is removed.
 *
 * @returns Whether an update was cut off, by this or before.
 */
export async function endUpdate(target: Target): Promise<boolean> {
  const locks = (await stackLocks(target)) ?? [];
  for (const { holder } of locks) {
    if (holder === undefined) continue;
    end(holder);
    await until("the stack's pulumi ends", () => Promise.resolve(!isAlive(holder)));
  }
  await removeLocks(locks, target);
  // A pulumi that was killed has not ended its plugins.
  await endOrphanedPlugins(target.program.directory);
  return locks.length > 0;
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch {
    // It has ended by itself.
  }
}

/** Has Pulumi forget the stack, and removes the files that Pulumi and the program leave of one; at the very last its config. */
export async function forget(target: Target): Promise<void> {
  const { program, stack } = target;
  // Pulumi refuses while one of its own is still about to let go of the state; then it is asked again.
  await until("pulumi forgets the stack", async () => {
    const args = ["stack", "rm", stack, "--yes", "--force", "--preserve-config"];
    const { code, stderr } = await capturePulumi(args, program.directory);
    if (code === 0 || stderr.includes("no stack named")) return true;
    await endUpdate(target);
    return false;
  });
  const project = projectName(program.name, stack);
  const ofProgram = join(program.directory, ".state");
  const paths = [
    join(ofProgram, "routes", project),
    ...(await filesOf(`${project}.`, join(ofProgram, "starts"))),
    ...(await filesOfState(target)),
  ];
  await Promise.all(paths.map((path) => rm(path, { recursive: true, force: true })));
  await rm(stackFile(program.directory, stack), { force: true });
}

async function filesOfState({ program, stack }: Target): Promise<string[]> {
  const folder = stateFolder(program);
  if (folder === undefined) return [];
  const state = join(folder, ".pulumi");
  return [
    ...["backups", "history", "locks/organization"].map((kind) => join(state, kind, program.name, stack)),
    // What it had before the last step, and what a killed one had only begun to write.
    ...(await filesOf(`${stack}.`, join(state, "stacks", program.name))),
  ];
}

async function filesOf(prefix: string, folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(prefix)).map((name) => join(folder, name));
}

async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience;
  while (!(await ask())) {
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${patience / 1000} s`);
    await pause(100);
  }
}
