/** A key that two Compose files do not have alike; `undefined` where a file has no such key. */
export interface KeyDifference {
  /** Dotted: `services.web.environment.LOG_LEVEL`. */
  readonly path: string;
  readonly one: unknown;
  readonly other: unknown;
}

/** The keys in which two Compose files differ, in the order of the first one. A list is one value. */
export function differencesBetween(
  one: unknown,
  other: unknown,
  path: readonly string[] = [],
): KeyDifference[] {
  if (isMapping(one) && isMapping(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => differencesBetween(one[key], other[key], [...path, key]));
  }
  return JSON.stringify(one) === JSON.stringify(other) ? [] : [{ path: path.join("."), one, other }];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
