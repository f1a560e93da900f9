import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";
import { NeedsAttention } from "../needs-attention.ts";
import type { Folder } from "./folder.ts";
import { listed } from "./listed.ts";
import { missingLines, packageChange, withLines } from "./program-files.ts";
import type { Terminal } from "./terminal.ts";

const { version } = createRequire(import.meta.url)("pulumi-compose/package.json") as {
  readonly version: string;
};

/** A file of the folder that lines are added to. */
export interface Addition {
  readonly file: string;
  /** The whole file, with what is added. */
  readonly text: string;
  /** What is added, for people. */
  readonly added: readonly string[];
  /** Whether the file is there already. */
  readonly exists: boolean;
}

/** What `package.json` and the ignore files of a folder lack. */
export function additionsTo(folder: Folder, main: string, hasSecrets: boolean): Addition[] {
  const { directory, hasEnv } = folder;
  const manifest = fileText(directory, "package.json");
  const change = packageChange(manifest, `^${version}`);
  return [
    ...(change === undefined ? [] : [{ file: "package.json", ...change, exists: manifest !== undefined }]),
    ...lines(directory, ".gitignore", [
      "node_modules/",
      ".state/",
      ...(hasSecrets && hasEnv ? [".env"] : []),
    ]),
    // The state changes with every `up`, and the program and its stacks are no part of an image: each would cause a build.
    ...(buildsFolder(folder)
      ? lines(directory, ".dockerignore", ["node_modules/", ".state/", "Pulumi*.yaml", main])
      : []),
  ];
}

/** @throws NeedsAttention where files are there and nobody has agreed that they are added to. */
export async function mayAdd(
  additions: readonly Addition[],
  isAgreed: boolean,
  terminal: Terminal | undefined,
): Promise<void> {
  const existing = additions.filter(({ exists }) => exists);
  if (existing.length === 0 || isAgreed) return;
  const what = listed(existing.map(({ file, added }) => `${file} (${added.join(", ")})`));
  if (terminal !== undefined && (await terminal.confirm(`Add to ${what}?`, true))) return;
  throw new NeedsAttention(
    `nothing was written, because this would be added to files that are there: ${what}`,
    "To agree: --yes",
  );
}

export function fileText(directory: string, file: string): string | undefined {
  const path = join(directory, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function lines(directory: string, file: string, wanted: readonly string[]): Addition[] {
  const text = fileText(directory, file);
  const added = missingLines(text, wanted);
  return added.length === 0
    ? []
    : [{ file, text: withLines(text, added), added, exists: text !== undefined }];
}

/** Whether an image is built from the whole folder. */
function buildsFolder({ definitions, directory }: Folder): boolean {
  return Object.values(definitions.services ?? {}).some(
    ({ build }) =>
      build !== undefined && !relative(resolve(directory, build.context ?? "."), directory).startsWith(".."),
  );
}
