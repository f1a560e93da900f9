import type { z } from "zod";
import type { Mistake } from "./mistake.ts";
import { suggestion } from "./nearest.ts";
import { serviceKeys, unsupportedKeys } from "./service.ts";

export interface Parsed<T> {
  /** What could be read; the parts with mistakes are left out, so that the rest can be checked all the same. */
  readonly value: T;
  readonly mistakes: readonly Mistake[];
}

/**
 * Reads a value with a schema and turns what the schema refuses into mistakes that a user can mend.
 *
 * @param at Path of the value in its file, put before every mistake's own path; empty for the whole file.
 * @param file File the value comes from.
 * @param rest What is read in place of a value that is wrong as a whole.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown, at: string, file: string, rest: T): Parsed<T> {
  const mistakes: Mistake[] = [];
  let remaining = { value: structuredClone(value) };
  for (;;) {
    const result = schema.safeParse(remaining.value);
    if (result.success) return { value: result.data, mistakes };
    const { issues } = result.error;
    const read = remaining.value;
    mistakes.push(...issues.flatMap((issue) => mistakesOf(issue, at, file, isMissing(read, issue.path))));
    const wrong = issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
    );
    for (const path of wrong) mark(remaining, ["value", ...path]);
    if (remaining.value === marked) return { value: rest, mistakes };
    remaining = withoutMarked(remaining) as typeof remaining;
  }
}

const marked: unknown = Symbol("marked");

/**
 * Marks the value at the path; where nothing stands there, be it because the key is missing or because the schema
 * read a short form, the nearest value above it.
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

/** Whether nothing stands at the path in a mapping that is there. */
function isMissing(root: unknown, path: readonly PropertyKey[]): boolean {
  let value = root;
  for (const key of path.slice(0, -1))
    value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
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

function mistakesOf(issue: z.core.$ZodIssue, at: string, file: string, missing: boolean): Mistake[] {
  const path = [at, ...issue.path.map(String)].filter((part) => part !== "").join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ file, path: `${path}.${key}`, ...unknownKey(key, path) }));
    case "invalid_type":
      if (missing)
        return [{ file, path, message: "is missing", fix: `write a value of type ${issue.expected}` }];
      return [{ file, path, message: "has the wrong type", fix: `write a value of type ${issue.expected}` }];
    case "invalid_union":
      return [{ file, path, message: "has the wrong type", fix: unionFix(issue) }];
    case "invalid_value":
      return [
        { file, path, message: "is none of the values it can have", fix: `write ${issue.values.join(", ")}` },
      ];
    default:
      return [{ file, path, message: "is not valid", fix: issue.message }];
  }
}

/** A key directly below `services.<name>` is a service's; elsewhere the schema does not tell which keys it knows. */
function unknownKey(key: string, path: string): { message: string; fix: string } {
  const inService = /(?:^|\.)services\.[^.]+$/.test(path);
  if (inService && unsupportedKeys.includes(key)) {
    return { message: `\`${key}\` is Compose's, but is not honoured here`, fix: "take it out" };
  }
  const fix = inService
    ? suggestion(key, serviceKeys)
    : "see the Compose Specification for the name it should have";
  return { message: `unknown key \`${key}\``, fix };
}

function unionFix(issue: z.core.$ZodIssueInvalidUnion): string {
  const types = issue.errors
    .flat()
    .flatMap((error) => (error.code === "invalid_type" ? [error.expected] : []));
  return types.length > 0 ? `write a value of type ${[...new Set(types)].join(" or ")}` : issue.message;
}
