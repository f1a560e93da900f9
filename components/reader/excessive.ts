import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { load, YAMLException } from "js-yaml";
import { excessIn, type Excess } from "../compose-spec/excess.ts";
import { mostPorts, portsIn, tooManyPorts } from "../compose-spec/port.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import type { ComposeFilesArgs } from "./compose-config.ts";
import { writtenSchema } from "./written-yaml.ts";

/** A mistake for every Compose file with which `docker compose config` would have no end, or fill the memory. */
export function excessiveFiles({ files, directory }: ComposeFilesArgs): Finding[] {
  return files.flatMap((file) =>
    excessesOf(resolve(directory, file)).map(({ path, ...said }) =>
      mistake("invalid-value", { file, path: path.join(".") || "(the file)", ...said }),
    ),
  );
}

interface Excessive extends Excess {
  readonly line?: number;
}

function excessesOf(path: string): Excessive[] {
  try {
    const content = load(readFileSync(path, "utf8"), { schema: writtenSchema });
    const excess = excessIn(content);
    return excess === undefined ? manyPorts(content) : [excess];
  } catch (error) {
    // Any other mistake in a file is Compose's to tell.
    if (!(error instanceof YAMLException) || !/nesting exceeded|aliases/.test(error.reason)) return [];
    const message = "the file is nested deeper than people write";
    return [{ path: [], line: error.mark.line + 1, message, fix: "write it flatter" }];
  }
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
