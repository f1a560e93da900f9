import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import { own } from "../compose-spec/own.ts";
import type { Definitions } from "../compose-spec/definitions.ts";

/**
 * Lays one part of a project over another, on the canonical form, as Compose lays an override file over a base:
 * scalars replace, mappings merge deeply, sequences append (ports and volumes by their target), and a command, an
 * entrypoint or a health check's test is replaced whole. `null` says "no attributes", as in `networks: {backend: null}`.
 */
export function overlay(base: Definitions, over: Definitions): Definitions {
  return merge([], base, over) as Definitions;
}

const replacedWhole = new Set(["command", "entrypoint", "test"]);
const sourcesOfFile = ["file", "content", "environment", "external"];
const keyedByTarget = new Set(["ports", "volumes", "configs", "secrets", "devices"]);

function merge(path: readonly string[], base: unknown, over: unknown): unknown {
  if (over === undefined || (over === null && base !== undefined)) return base;
  if (Array.isArray(base) && Array.isArray(over)) {
    const key = path.at(-1) ?? "";
    if (replacedWhole.has(key)) return over as unknown;
    const identity = keyedByTarget.has(key) ? targetOf : (entry: unknown) => JSON.stringify(entry);
    const replaced = new Set(over.map(identity));
    const kept = (base as unknown[]).filter((entry) => !replaced.has(identity(entry)));
    return [...kept, ...(over as unknown[])];
  }
  if (isMapping(base) && isMapping(over)) {
    // One log driver's options mean nothing to another.
    if (path.at(-1) === "logging" && over.driver !== undefined && over.driver !== base.driver) return over;
    const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
    const merged = Object.fromEntries(
      [...keys].map((key) => [key, merge([...path, key], own(base, key), own(over, key))]),
    );
    // A service comes from one place: naming an image in an override replaces a build, and the other way round.
    if (path.length === 2 && path[0] === "services") {
      if (over.image !== undefined && over.build === undefined) delete merged.build;
      if (over.build !== undefined && over.image === undefined) delete merged.image;
    }
    // So does a config or a secret.
    const isFile = path.length === 2 && ["configs", "secrets"].includes(path[0] ?? "");
    if (isFile && sourcesOfFile.some((key) => over[key] !== undefined)) {
      for (const key of sourcesOfFile) if (over[key] === undefined) Reflect.deleteProperty(merged, key);
    }
    return merged;
  }
  return over;
}

function targetOf(entry: unknown): string {
  const { target, protocol = "tcp" } = entry as { target?: unknown; protocol?: unknown };
  return `${String(target)}/${String(protocol)}`;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Takes away what stack config's `reset` names, before anything is laid over (Compose's `!reset`, which a stack
 * config cannot carry).
 *
 * @param paths Dotted paths below `services`, such as `postgres.ports` or `architect.environment.LOG_LEVEL`.
 */
export function reset(
  base: Definitions,
  paths: readonly string[],
  file: string,
): { readonly definitions: Definitions; readonly mistakes: Finding[] } {
  const definitions = structuredClone(base);
  const mistakes: Finding[] = [];
  paths.forEach((path, index) => {
    const { parent, key } = find(definitions.services, path.split("."));
    if (isMapping(parent) && Object.hasOwn(parent, key)) Reflect.deleteProperty(parent, key);
    else {
      mistakes.push(
        mistake("unknown-reset", {
          file,
          path: `reset.${index}`,
          message: `\`${path}\` names nothing that the stack defines`,
          fix: isMapping(parent)
            ? suggestion(key, Object.keys(parent))
            : "write service.key, such as postgres.ports",
        }),
      );
    }
  });
  return { definitions, mistakes };
}

/** Where a dotted path ends; a key may have dots of its own (`labels.traefik.enable`), the longest that is there wins. */
function find(parent: unknown, path: readonly string[]): { readonly parent: unknown; readonly key: string } {
  for (let length = path.length; length > 0; length -= 1) {
    const key = path.slice(0, length).join(".");
    if (!isMapping(parent) || !Object.hasOwn(parent, key)) continue;
    return length === path.length ? { parent, key } : find(parent[key], path.slice(length));
  }
  // Nothing of this name: the first name is the one to suggest others for.
  return { parent, key: path[0] ?? "" };
}
