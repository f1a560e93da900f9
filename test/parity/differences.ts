import { isList, isMapping, mapping, text, type Json } from "./json.ts";
import type { Observed } from "./observe.ts";

/** One thing that the engine says of a project brought up by Compose, and not of the same brought up by this program. */
export interface Difference {
  readonly project: string;
  /** `container <name>`, `network <name>`, `volume <name>` or `files <name>`. */
  readonly object: string;
  /** Path in what `docker inspect` says, empty for the object itself. */
  readonly path: string;
  /** As Compose has it; absent where it has nothing there. */
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** A difference that is meant. */
export interface KnownDifference {
  /** Kind of the object. */
  readonly kind: "container" | "network" | "volume" | "files";
  /** Path, or what it must match. */
  readonly path: string | RegExp;
  /** The projects it is known of; default all. */
  readonly projects?: readonly string[];
  /** What tells it from a defect at the same path; default any. */
  readonly when?: (expected: Json | undefined, actual: Json | undefined) => boolean;
  /** Versions of Compose it is seen under, as they start; default all. */
  readonly compose?: string;
  /** Why it is as it should be. */
  readonly reason: string;
}

export function differencesOf(project: string, expected: Observed, actual: Observed): Difference[] {
  const objects = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return objects.flatMap((object) =>
    compare(expected[object], actual[object], []).map((difference) => ({ project, object, ...difference })),
  );
}

type Found = Pick<Difference, "path" | "expected" | "actual">;

function compare(expected: Json | undefined, actual: Json | undefined, path: readonly string[]): Found[] {
  if (isMapping(expected) && isMapping(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) => compare(expected[key], actual[key], [...path, key]));
  }
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  // Mounts are told apart by their target; any other list is one value.
  if (isList(expected) && isList(actual) && path.at(-1) === "Mounts") {
    return compare(byTarget(expected), byTarget(actual), path);
  }
  return [{ path: path.join("."), expected, actual }];
}

function byTarget(mounts: readonly Json[]): Json {
  return Object.fromEntries(
    mounts.map((mount) => {
      const { Target: target, Destination: destination } = mapping(mount);
      return [text(target ?? destination), mount];
    }),
  );
}

/** @param version Compose's. */
export function isKnown(known: KnownDifference, difference: Difference, version: string): boolean {
  const { kind, path, projects, when, compose = "" } = known;
  return (
    version.startsWith(compose) &&
    difference.object.startsWith(`${kind} `) &&
    (typeof path === "string" ? path === difference.path : path.test(difference.path)) &&
    (projects === undefined || projects.includes(difference.project)) &&
    (when === undefined || when(difference.expected, difference.actual))
  );
}

/** A difference in a line, as a failed test shows it. */
export function described({ object, path, expected, actual }: Difference): string {
  const shown = (value: Json | undefined) => (value === undefined ? "nothing" : JSON.stringify(value));
  return `${object}  ${path}\n    Compose: ${shown(expected)}\n    here:    ${shown(actual)}`;
}
