import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { load } from "js-yaml";
import { makeState } from "./backend.ts";
import type { Target } from "./target.ts";
import { needPassphrase } from "./passphrase.ts";
import { stackFileOf } from "./stack-setting.ts";

/**
 * Looks at a stack by Pulumi, which has to know the stack, and leaves the stack's file as the file is. Pulumi notes a salt
 * there at its first look, and everybody would have to give the passphrase of whoever looked first: the empty one, as a
 * rule, which nobody has chosen.
 */
export async function lookAt<T>(target: Target, look: () => Promise<T>): Promise<T> {
  await needPassphrase(target);
  const file = stackFileOf(target);
  const before = file === undefined ? "" : readFileSync(file, "utf8");
  try {
    await makeState(target);
    return await look();
  } finally {
    // Somebody may have written into the file meanwhile.
    if (file !== undefined && isOnlySaltNew(before, readFileSync(file, "utf8"))) writeFileSync(file, before);
  }
}

function isOnlySaltNew(before: string, now: string): boolean {
  try {
    const { salt: saltBefore, ...others } = partsOf(before);
    const { salt, ...othersNow } = partsOf(now);
    return saltBefore === undefined && salt !== undefined && isDeepStrictEqual(others, othersNow);
  } catch {
    // It is no YAML, which the program tells.
    return false;
  }
}

/** Pulumi leaves an empty config out. */
function partsOf(text: string): { readonly salt?: unknown; readonly config: object } {
  const { encryptionsalt: salt, config, ...others } = (load(text) ?? {}) as Record<string, unknown>;
  return { ...others, salt, config: config ?? {} };
}
