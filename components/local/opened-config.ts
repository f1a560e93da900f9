import type { Opener } from "./locked-text.ts";

/** A stack's config by its full keys, as Pulumi gives it to a program: every value is a text. */
export interface OpenedConfig {
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
}

/**
 * The config of a stack's file with its secrets opened, as Pulumi opens the config for a program.
 *
 * @param config What the file has under `config`.
 * @param opener `undefined` where the file has no passphrase.
 * @throws Error for a secret that cannot be opened.
 */
export function openedConfig(
  config: Readonly<Record<string, unknown>>,
  opener: Opener | undefined,
): OpenedConfig {
  const secretKeys: string[] = [];
  const values = Object.entries(config).map(([key, value]) => {
    const opened = open(value, () => {
      if (opener === undefined) throw new Error(`${key} cannot be opened`);
      secretKeys.push(key);
      return opener;
    });
    return [key, typeof opened === "string" ? opened : JSON.stringify(opened)];
  });
  return {
    config: Object.fromEntries(values) as OpenedConfig["config"],
    secretKeys: [...new Set(secretKeys)],
  };
}

/** Pulumi writes the keys of an object in the order of the alphabet. */
function open(value: unknown, opener: () => Opener): unknown {
  if (Array.isArray(value)) return value.map((part) => open(part, opener));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const [[key, locked] = []] = entries;
  if (entries.length === 1 && key === "secure" && typeof locked === "string") return opener().open(locked);
  const parts = entries.map(([key, part]) => [key, open(part, opener)] as const);
  return Object.fromEntries(parts.sort(([one], [other]) => (one < other ? -1 : 1)));
}
