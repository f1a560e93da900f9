import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { nearest } from "../findings/nearest.ts";
import { pulumiHome } from "../local/backend.ts";
import { stacksIn } from "../local/stacks.ts";
import { NeedsAttention } from "./needs-attention.ts";
import type { Program } from "./program.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import type { Target } from "./target.ts";

/**
 * The stack that a command works on: the named one; else the one that `pulumi stack select` chose; else dev; else the
 * only one there is. It has a file `Pulumi.<stack>.yaml`, always.
 */
export async function chooseStack(program: Program, named: string | undefined): Promise<Target> {
  const stacks = stacksIn(program.directory);
  const stack =
    named === undefined ? defaultOf(stacks, await selectedStack(program)) : existing(named, stacks, program);
  return { program, stack };
}

function existing(named: string, stacks: readonly string[], program: Program): string {
  if (stacks.includes(named)) return named;
  const near = nearest(named, stacks);
  throw new NeedsAttention(
    `${program.name} has no stack ${named}: there is no Pulumi.${named}.yaml in ${program.directory}`,
    `${near === undefined ? listed(stacks) : `Did you mean ${near}?`} A new stack: npx pulumi-compose init stack ${named}`,
  );
}

function defaultOf(stacks: readonly string[], selected: string | undefined): string {
  const [only, ...others] = stacks;
  if (selected !== undefined && stacks.includes(selected)) return selected;
  if (stacks.includes("dev")) return "dev";
  if (only !== undefined && others.length === 0) return only;
  throw new NeedsAttention("which stack?", `Name it by --stack. ${listed(stacks)}`);
}

function listed(stacks: readonly string[]): string {
  return stacks.length === 0
    ? "There is no stack yet; the first: npx pulumi-compose init stack dev."
    : `There is ${stacks.join(", ")}.`;
}

/** Pulumi notes it outside of the program, for each program and backend. */
async function selectedStack(program: Program): Promise<string | undefined> {
  const noted = await notedSelection(program);
  if (noted !== undefined) return noted;
  const { directory } = program;
  const { code, stdout } = await capturePulumi(["stack", "--show-name"], directory);
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * The selection where Pulumi's own note of it is plain: Pulumi's answer takes a third of a second.
 *
 * @returns `undefined` where Pulumi has to be asked.
 */
async function notedSelection({ name, directory, backend }: Program): Promise<string | undefined> {
  if (backend === undefined || process.env.PULUMI_BACKEND_URL || process.env.PULUMI_STACK !== undefined)
    return undefined;
  const place = createHash("sha1").update(join(directory, "Pulumi.yaml")).digest("hex");
  const file = join(pulumiHome, "workspaces", `${name}-${place}-workspace.json`);
  try {
    const { stacks = {} } = JSON.parse(await readFile(file, "utf8")) as {
      readonly stacks?: Readonly<Record<string, string>>;
    };
    return stacks[backend]?.split("/").at(-1);
  } catch {
    return undefined;
  }
}
