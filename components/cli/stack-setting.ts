import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Target } from "./target.ts";

/** Absolute path of the stack's file; `undefined` where there is none. */
export function stackFileOf({ program, stack }: Target): string | undefined {
  return ["yaml", "yml"]
    .map((ending) => join(program.directory, `Pulumi.${stack}.${ending}`))
    .find((path) => existsSync(path));
}

/**
 * A key of the program's in the stack's file, which a command needs before Pulumi runs; `undefined` where there is none. What
 * is wrong with the file, the program tells with everything else.
 */
export function settingOf(target: Target, key: string): unknown {
  const file = stackFileOf(target);
  if (file === undefined) return undefined;
  try {
    const { config } = load(readFileSync(file, "utf8")) as {
      readonly config?: Readonly<Record<string, unknown>>;
    };
    return config?.[`${target.program.name}:${key}`];
  } catch {
    return undefined;
  }
}
