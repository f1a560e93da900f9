import type { z } from "zod";
import { mistake, type Finding } from "../findings/finding.ts";
import type { MistakeName } from "../findings/names.ts";
import { suggestion } from "../findings/nearest.ts";
import { refusedBuildKeys, refusedKeys, refusedTopLevelKeys, type Refused } from "./refused.ts";
import { excessIn } from "./excess.ts";
import { own } from "./own.ts";

export interface Parsed<T> {
  /** What could be read; the parts with mistakes are left out, so that the rest can be checked all the same. */
  readonly value: T;
  readonly mistakes: readonly Finding[];
}

/**
 * Reads a value with a schema and turns what the schema refuses into mistakes that a user can mend.
 *
 * @param at Path of the value in its file, put before every mistake's own path; empty for the whole file.
 * @param file File the value comes from; absent for the program's own definitions in TypeScript.
 * @param rest What is read in place of a value that is wrong as a whole.
 */
export function parse<T>(
  schema: z.ZodType<T>,
  value: unknown,
  at: string,
  file: string | undefined,
  rest: T,
): Parsed<T> {
  const excess = excessIn(value);
  if (excess !== undefined) {
    const path = pathOf(at, excess.path);
    const { message, fix } = excess;
    return { value: rest, mistakes: [mistake("invalid-value", { ...inFile(file), path, message, fix })] };
  }
  const first = schema.safeParse(value);
  if (first.success) return { value: first.data, mistakes: [] };
  const mistakes = first.error.issues
    .slice(0, mostMistakes)
    .flatMap((issue) =>
      refusalsIn(issue, schema, value).map(({ name, path, ...said }) =>
        mistake(name, { ...inFile(file), path: pathOf(at, path), ...said }),
      ),
    );
  return { value: readable(schema, value, first.error.issues) ?? rest, mistakes };
}

/** What a person reads of one file. Whoever mends as many finds the others the next time. */
const mostMistakes = 200;

function inFile(file: string | undefined): { readonly file?: string } {
  return file === undefined ? {} : { file };
}

function pathOf(at: string, path: readonly PropertyKey[]): string {
  return [at, ...path.map(String)].filter((key) => key !== "").join(".") || "(the file)";
}

/** The value without what is wrong in it; taking a required key away makes what holds it wrong, and so on upwards. */
function readable<T>(
  schema: z.ZodType<T>,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): T | undefined {
  const root = { value: copied(value) };
  for (const { path, ...issue } of issues) {
    const wrong = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
    for (const place of wrong) mark(root, ["value", ...place]);
  }
  if (root.value === marked) return undefined;
  const rest = withoutMarked(root.value);
  const result = schema.safeParse(rest);
  return result.success ? result.data : readable(schema, rest, result.error.issues);
}

/** The value with lists and mappings of its own; whatever else a program may have put in stays as it is. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== "object" || value === null || !isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copied(entry)]));
}

function isPlain(value: object): boolean {
  return [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
}

const marked: unknown = Symbol("marked");

/**
 * Marks the value at the path. Without a value there (the key is missing, or the schema read a short form), marks the
 * nearest value above.
 */
function mark(root: unknown, path: readonly PropertyKey[]): void {
  let place: { parent: Record<PropertyKey, unknown>; key: PropertyKey } | undefined;
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) break;
    place = { parent: value as Record<PropertyKey, unknown>, key };
    value = place.parent[key];
  }
  if (place !== undefined) place.parent[place.key] = marked;
}

function valueIn(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], root);
}

/** Whether nothing stands at the path in a mapping that is there. */
function isMissing(root: unknown, path: readonly PropertyKey[]): boolean {
  const value = valueIn(root, path.slice(0, -1));
  const last = path.at(-1);
  return last !== undefined && typeof value === "object" && value !== null && !Object.hasOwn(value, last);
}

function withoutMarked(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((entry) => entry !== marked).map(withoutMarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== marked)
      .map(([key, entry]) => [key, withoutMarked(entry)]),
  );
}

/** What the schema refuses, by the path below the value. */
interface Refusal {
  readonly name: MistakeName;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly fix: string;
}

function refusalsIn(issue: z.core.$ZodIssue, schema: z.ZodType, value: unknown): Refusal[] {
  const { path } = issue;
  // The schema's own words say more than zod's.
  const advice = issue.message.startsWith("Invalid") ? undefined : issue.message;
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], ...unknownKey(key, keysAt(schema, path)) }));
    case "invalid_type": {
      const isAbsent = isMissing(value, path);
      const message = isAbsent ? "the key is missing" : "the value has the wrong type";
      const name = isAbsent ? "missing-key" : "wrong-type";
      return [{ name, path, message, fix: advice ?? `write a value of type ${issue.expected}` }];
    }
    case "invalid_union":
      return [
        { name: "wrong-type", path, message: "the value has the wrong type", fix: advice ?? unionFix(issue) },
      ];
    case "invalid_value": {
      const fix = advice ?? suggestion(String(valueIn(value, path)), issue.values.map(String));
      return [{ name: "invalid-value", path, message: "the value is not one of the allowed values", fix }];
    }
    default:
      return [
        {
          name: "invalid-value",
          path,
          message: "the value is not valid",
          fix: advice ?? "see the Compose Specification",
        },
      ];
  }
}

function unknownKey(key: string, known: readonly string[]): Omit<Refusal, "path"> {
  const refused = own(refusedBeside(known), key);
  if (refused !== undefined) {
    const message = `\`${key}\` is not supported: ${refused.reason}`;
    return { name: "refused-key", message, fix: refused.fix };
  }
  return { name: "unknown-key", message: `unknown key \`${key}\``, fix: suggestion(key, known) };
}

/** The keys that Compose has, and that a schema with the known keys refuses: a service's, a build's, or a top-level part's. */
function refusedBeside(known: readonly string[]): Readonly<Record<string, Refused>> {
  if (known.includes("depends_on")) return refusedKeys;
  if (known.includes("context")) return refusedBuildKeys;
  return known.includes("external") ? refusedTopLevelKeys : {};
}

/** The keys that a schema knows at a path of its values. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const { def } = schema._zod as unknown as { def: z.core.$ZodTypes["_zod"]["def"] };
  const [key, ...rest] = path;
  switch (def.type) {
    case "pipe":
      return keysAt(def.out, path);
    case "optional":
    case "nullable":
    case "default":
      return keysAt(def.innerType, path);
    case "array":
      return keysAt(def.element, rest);
    case "record":
      return keysAt(def.valueType, rest);
    case "object": {
      if (key === undefined) return Object.keys(def.shape);
      const inner = own(def.shape, String(key));
      return inner === undefined ? [] : keysAt(inner, rest);
    }
    default:
      return [];
  }
}

function unionFix(issue: z.core.$ZodIssueInvalidUnion): string {
  const types = issue.errors
    .flat()
    .flatMap((error) => (error.code === "invalid_type" ? [error.expected] : []));
  return types.length > 0
    ? `write a value of type ${[...new Set(types)].join(" or ")}`
    : "write another value";
}
