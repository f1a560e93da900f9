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
  let remaining = structuredClone(value);
  for (;;) {
    const result = schema.safeParse(remaining);
    if (result.success) return { value: result.data, mistakes };
    mistakes.push(...result.error.issues.flatMap((issue) => mistakesOf(issue, at, file)));
    const wrong = result.error.issues.flatMap((issue) =>
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
    );
    if (wrong.some((path) => path.length === 0)) return { value: rest, mistakes };
    for (const path of wrong) mark(remaining, path);
    remaining = withoutMarked(remaining);
  }
}

const marked = Symbol("marked");

/** Marks the value at the path, or the nearest above it where the schema read a short form. */
function mark(value: unknown, path: readonly PropertyKey[]): void {
  let parent = value as Record<PropertyKey, unknown>;
  for (const key of path.slice(0, -1)) {
    const child = parent[key];
    if (typeof child !== "object" || child === null) {
      parent[key] = marked;
      return;
    }
    parent = child as Record<PropertyKey, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (Array.isArray(parent) && !(String(last) in parent)) parent.fill(marked);
  else parent[last] = marked;
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

function mistakesOf(issue: z.core.$ZodIssue, at: string, file: string): Mistake[] {
  const path = [at, ...issue.path.map(String)].filter((part) => part !== "").join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ file, path: `${path}.${key}`, ...unknownKey(key, path) }));
    case "invalid_type":
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
