import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { load } from "js-yaml";
import { NeedsAttention } from "./needs-attention.ts";

/** A folder with a Pulumi.yaml. */
export interface Program {
  /** The name in Pulumi.yaml. */
  readonly name: string;
  /** Absolute path of the folder. */
  readonly directory: string;
  /** Where Pulumi.yaml has the state kept: `file://./.state`; `undefined` where it leaves that to `pulumi login`. */
  readonly backend: string | undefined;
}

/** The files that Pulumi looks for. */
const definitions = ["Pulumi.yaml", "Pulumi.yml"];

/** The program of a folder: its own, or that of the nearest folder above, as Pulumi has it. */
export function findProgram(folder = "."): Program {
  const start = resolve(folder);
  if (!statSync(start, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NeedsAttention(`there is no folder ${folder}`, "Correct the path after --cwd.");
  }
  for (let directory = start; ; directory = dirname(directory)) {
    if (definitionIn(directory) !== undefined) return programIn(directory);
    if (dirname(directory) === directory) break;
  }
  throw new NeedsAttention(
    `there is no Pulumi.yaml in ${start}, nor in a folder above it`,
    "To bring a Compose project under Pulumi, type there: npx pulumi-compose init. To work in another folder: --cwd <folder>.",
  );
}

/** The program that a folder has itself. */
export function programIn(directory: string): Program {
  const file = definitionIn(directory) ?? join(directory, "Pulumi.yaml");
  const { name, backend } = read(file) as { name?: unknown; backend?: { url?: unknown } };
  if (typeof name !== "string" || name === "") {
    throw new NeedsAttention(`${shown(file)} has no name`, "Write `name: <name of the program>` into it.");
  }
  return { name, directory, backend: typeof backend?.url === "string" ? backend.url : undefined };
}

/** A path as a person at the terminal would write it. */
export function shown(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith("..") ? path : from;
}

function definitionIn(directory: string): string | undefined {
  return definitions.map((name) => join(directory, name)).find((file) => existsSync(file));
}

function read(file: string): object {
  try {
    const content: unknown = load(readFileSync(file, "utf8"));
    return typeof content === "object" && content !== null ? content : {};
  } catch (error) {
    throw new NeedsAttention(
      `${shown(file)} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "Correct the file.",
    );
  }
}
