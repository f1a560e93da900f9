import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";

/** What is read here of a program's definition. */
export interface PulumiYaml {
  readonly name?: unknown;
  readonly main?: unknown;
  readonly config?: unknown;
  readonly runtime?: { readonly name?: unknown; readonly options?: Readonly<Record<string, unknown>> };
  readonly backend?: { readonly url?: unknown };
  readonly plugins?: { readonly providers?: readonly { readonly name?: unknown; readonly path?: unknown }[] };
}

/** Absolute path of the definition that a folder has itself, under either name that Pulumi takes. */
export function definitionIn(directory: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(directory, name)).find((file) => existsSync(file));
}

/** The folder with the program that a folder is in, as Pulumi finds it. */
export function programFolder(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (definitionIn(directory) !== undefined) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}

/** @throws Error for a file that cannot be read. */
export function readDefinition(file: string): PulumiYaml {
  const content: unknown = load(readFileSync(file, "utf8"));
  return typeof content === "object" && content !== null ? content : {};
}
