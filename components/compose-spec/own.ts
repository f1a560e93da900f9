/**
 * What a mapping has under a key of its own. People give names, and `constructor` is one: every object has something
 * by that name which nobody wrote.
 */
export function own<T>(mapping: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return mapping !== undefined && Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
