import { engineAddress, isElsewhere } from "../engine/address.ts";
import { workOnEngine } from "../engine/engine.ts";
import { wrongEngine } from "../engine/setting.ts";
import { Unreachable } from "../engine/ssh.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { settingOf } from "./stack-setting.ts";

/**
 * Has this command, and what it starts, work on the engine that the stack's file names. Without the key `engine` that is the
 * engine that the terminal's `docker` works on.
 *
 * @throws NeedsAttention for an engine that cannot be reached.
 */
export function workOnEngineOf(target: Target): void {
  const setting = engineOf(target);
  if (setting === undefined) return;
  workOnEngineAt(setting);
  ofKey = engineAddress();
}

let ofKey: string | undefined;

/**
 * The address of the engine on which this command works because of the key `engine`. Pulumi's provider is told that address.
 * The address of any other manager of a swarm stands in DOCKER_HOST alone.
 */
export function engineOfKey(): string | undefined {
  return ofKey;
}

/**
 * Has this command, and what it starts, work on an engine.
 *
 * @throws NeedsAttention for an engine that cannot be reached.
 */
export function workOnEngineAt(setting: string): void {
  try {
    workOnEngine(setting);
  } catch (error) {
    if (error instanceof Unreachable) throw new NeedsAttention(error.message, error.advice);
    throw error;
  }
}

/** Whether the stack's file names an engine on another machine. */
export function isOnServer(target: Target): boolean {
  const setting = engineOf(target);
  return setting !== undefined && isElsewhere(setting);
}

/** The key `engine` of a stack's file. What is wrong with the key, the program tells with everything else. */
export function engineOf(target: Target): string | undefined {
  const setting = settingOf(target, "engine");
  return typeof setting === "string" && wrongEngine(setting) === undefined ? setting : undefined;
}
