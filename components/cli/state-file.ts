import { copyFileSync, renameSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { stateFile, stateFolder } from "../local/backend.ts";
import { commandFor } from "../local/command-for.ts";
import { deploymentIn } from "../local/stack-state.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { shown } from "./program.ts";

/*
 * The file of a file backend. Pulumi writes the file in place, and so an update on a full disk leaves the file empty or
 * cut off; what the file held before the last change is beside the file, in `<file>.bak`.
 */

/** Bytes that an update may want for the state, beside several copies of the state as the state is. */
const room = 1024 * 1024;

/** @throws NeedsAttention where the file of the stack's state is empty or broken. */
export function mustBeWholeState({ program, stack }: Target): void {
  const file = brokenFile({ program, stack });
  if (file === undefined) return;
  const [what, command] = [faultOf(file), commandFor(program.directory, stack, "up", "--recover")];
  throw new NeedsAttention(
    `the state of the stack ${stack} ${what}: ${shown(file)}`,
    isWhole(backupOf(file))
      ? `Nothing was touched. A full disk does that: make room first. Then: ${command}, which puts back the state before ` +
          `its last change, ${shown(backupOf(file))}.`
      : `Nothing was touched, and ${shown(backupOf(file))}, the state before its last change, is missing or broken too. Put ` +
          `back a backup of your own; or move the file away, then: ${commandFor(program.directory, stack, "up", "--take-over")}`,
  );
}

/**
 * Puts back the state before the last change where the file of the state is empty or broken, and prints so. The broken
 * file is kept beside the state.
 *
 * @throws NeedsAttention where there is nothing to put back.
 */
export function putStateBack(target: Target): void {
  const file = brokenFile(target);
  if (file === undefined) return;
  if (!isWhole(backupOf(file))) mustBeWholeState(target);
  const whole = `${file}.whole`;
  const what = faultOf(file);
  copyFileSync(backupOf(file), whole);
  renameSync(file, `${file}.broken`);
  renameSync(whole, file);
  console.log(
    `the state of the stack ${target.stack} ${what}; put back the state before its last change, ${shown(backupOf(file))}`,
  );
}

/** @throws NeedsAttention where the disk of the state has no room for an update. */
export async function mustHaveRoom(target: Target): Promise<void> {
  const full = await fullDisk(target);
  if (full !== undefined) throw new NeedsAttention(full, "Nothing was touched. Make room, and run it again.");
}

/** After an update that failed: says so where the disk of the state is full, and where that broke the state. */
export async function tellFullDisk(target: Target): Promise<void> {
  const full = await fullDisk(target);
  if (full !== undefined) console.error(`${full}\n→ Make room, and run it again.`);
  mustBeWholeState(target);
}

async function fullDisk({ program, stack }: Target): Promise<string | undefined> {
  const folder = stateFolder(program);
  if (folder === undefined) return undefined;
  const { bavail, bsize } = await statfs(folder);
  const file = stateFile(program, stack);
  const wanted = room + 4 * (file === undefined ? 0 : statSync(file).size);
  const free = bavail * bsize;
  if (free >= wanted) return undefined;
  const [has, wants] = [free, wanted].map((bytes) => Math.ceil(bytes / 1024));
  return `the disk that has the state, ${shown(folder)}, is full: ${has} KiB are free, and an update needs ${wants} KiB`;
}

function brokenFile({ program, stack }: Target): string | undefined {
  const file = stateFile(program, stack);
  return file === undefined || isWhole(file) ? undefined : file;
}

function faultOf(file: string): string {
  return statSync(file).size === 0 ? "is empty" : "is broken";
}

function backupOf(file: string): string {
  return `${file}.bak`;
}

function isWhole(file: string): boolean {
  try {
    deploymentIn(file);
    return true;
  } catch {
    return false;
  }
}
