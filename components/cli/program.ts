import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { definitionIn, programFolder, readDefinition, type PulumiYaml } from "../local/pulumi-yaml.ts";
import { pluginName } from "../plan/package-names.ts";
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

/** The program of a folder: its own, or that of the nearest folder above, as Pulumi has it. */
export function findProgram(folder = "."): Program {
  const start = resolve(folder);
  if (!statSync(start, { throwIfNoEntry: false })?.isDirectory()) {
    throw new NeedsAttention(`there is no folder ${folder}`, "Correct the path after --cwd.");
  }
  const directory = programFolder(start);
  if (directory !== undefined) return programIn(directory);
  throw new NeedsAttention(
    `there is no Pulumi.yaml in ${start}, nor in a folder above it`,
    "To bring a Compose project under Pulumi, type there: npx pulumi-compose init. To work in another folder: --cwd <folder>.",
  );
}

/** The program that a folder has itself. */
export function programIn(directory: string): Program {
  const file = definitionIn(directory) ?? join(directory, "Pulumi.yaml");
  const { name, backend, plugins } = read(file);
  if (typeof name !== "string" || name === "") {
    throw new NeedsAttention(`${shown(file)} has no name`, "Write `name: <name of the program>` into it.");
  }
  mustHavePlugin(file, directory, plugins);
  return { name, directory, backend: typeof backend?.url === "string" ? backend.url : undefined };
}

/** A path as a person at the terminal would write it. */
export function shown(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith("..") ? path : from;
}

/** Pulumi ends at once where a folder is missing that `plugins` names. */
function mustHavePlugin(file: string, directory: string, plugins: PulumiYaml["plugins"]): void {
  const path = plugins?.providers?.find(({ name }) => name === pluginName)?.path;
  if (typeof path !== "string" || existsSync(join(resolve(directory, path), `pulumi-resource-${pluginName}`)))
    return;
  throw new NeedsAttention(
    `${shown(file)} leads to the plugin ${pluginName} in ${path}, where the plugin is not`,
    "Install the packages first: npm install. Where npm keeps the packages in a folder above, correct the path: <folder>/node_modules/pulumi-compose/bin.",
  );
}

function read(file: string): PulumiYaml {
  try {
    return readDefinition(file);
  } catch (error) {
    throw new NeedsAttention(
      `${shown(file)} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "Correct the file.",
    );
  }
}
