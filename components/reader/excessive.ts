import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { load, YAMLException } from "js-yaml";
import { excessIn, type Excess } from "../compose-spec/excess.ts";
import { isOutside } from "../compose-spec/paths.ts";
import { mostPorts, portsIn, tooManyPorts } from "../compose-spec/port.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import type { ComposeFilesArgs } from "./compose-files.ts";
import { writtenSchema } from "./written-yaml.ts";

/**
 * A mistake for every Compose file with which `docker compose config` would have no end, or fill the memory; also for one
 * that another includes or extends.
 */
export function excessiveFiles({ files, directory }: ComposeFilesArgs): Finding[] {
  const seen = new Set<string>();
  const visit = (path: string): Finding[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    const { content, excesses } = read(path);
    const file = isOutside(path, directory) ? path : relative(directory, path);
    const found = excesses.map(({ path: keys, ...said }) =>
      mistake("invalid-value", { file, path: keys.join(".") || "(the file)", ...said }),
    );
    // What a file with an excess leads to may be just as much.
    return found.length > 0 ? found : leadsTo(content).flatMap((name) => visit(resolve(dirname(path), name)));
  };
  return files.flatMap((file) => visit(resolve(directory, file)));
}

interface Excessive extends Excess {
  readonly line?: number;
}

interface Read {
  /** Absent where the file is no file that can be read. */
  readonly content?: unknown;
  readonly excesses: readonly Excessive[];
}

function read(path: string): Read {
  try {
    const content = load(readFileSync(path, "utf8"), { schema: writtenSchema });
    const excess = excessIn(content);
    return { content, excesses: excess === undefined ? manyPorts(content) : [excess] };
  } catch (error) {
    // Any other mistake in a file is Compose's to tell.
    if (!(error instanceof YAMLException) || !/nesting exceeded|aliases/.test(error.reason))
      return { excesses: [] };
    const message = "the file is nested deeper than people write";
    return { excesses: [{ path: [], line: error.mark.line + 1, message, fix: "write it flatter" }] };
  }
}

/** The files of this machine that a file includes, and those that its services extend. */
function leadsTo(content: unknown): string[] {
  const { include } = (content ?? {}) as { readonly include?: unknown };
  const included = listOf(include).flatMap((entry) =>
    typeof entry === "string" ? [entry] : listOf((entry as { readonly path?: unknown } | null)?.path),
  );
  const extended = mappingIn(content, "services").map(([, service]) => {
    const { extends: other } = (service ?? {}) as { readonly extends?: { readonly file?: unknown } | null };
    return other?.file;
  });
  return [...included, ...extended].filter((name) => typeof name === "string");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Compose takes seconds for thousands of ports, and minutes for tens of thousands. */
function manyPorts(content: unknown): Excess[] {
  return mappingIn(content, "services").flatMap(([name, service]) => {
    const { ports } = (service ?? {}) as { readonly ports?: unknown };
    const counts = Array.isArray(ports) ? ports.map(portsIn) : [];
    const count = counts.reduce((sum, more) => sum + more, 0);
    if (count <= mostPorts) return [];
    const path = ["services", name, "ports", String(counts.indexOf(Math.max(...counts)))];
    return [{ path, message: `the service publishes ${count} ports`, fix: tooManyPorts }];
  });
}

function mappingIn(value: unknown, key: string): [string, unknown][] {
  const entry = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return typeof entry === "object" && entry !== null ? Object.entries(entry) : [];
}
