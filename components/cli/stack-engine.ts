import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { workOnEngine } from "../engine/engine.ts";
import { wrongEngine } from "../engine/setting.ts";
import { Unreachable } from "../engine/ssh.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";

/**
 * Has this command, and what it starts, work on the engine that the stack's file names. Without the key `engine` that is the
 * engine that the terminal's `docker` works on.
 *
 * @throws NeedsAttention for an engine that cannot be reached.
 */
export function workOnEngineOf(target: Target): void {
  const setting = engineOf(target);
  if (setting === undefined) return;
  try {
    workOnEngine(setting);
  } catch (error) {
    if (error instanceof Unreachable) throw new NeedsAttention(error.message, error.advice);
    throw error;
  }
}

/** The key `engine` of a stack's file. */
function engineOf({ program, stack }: Target): string | undefined {
  const file = ["yaml", "yml"]
    .map((ending) => join(program.directory, `Pulumi.${stack}.${ending}`))
    .find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const { config = {} } = (load(readFileSync(file, "utf8")) ?? {}) as { readonly config?: object };
  const setting = (config as Readonly<Record<string, unknown>>)[`${program.name}:engine`];
  // What is wrong with it, the program tells with everything else.
  return typeof setting === "string" && wrongEngine(setting) === undefined ? setting : undefined;
}
