import { readdirSync } from "node:fs";

/** The stacks that a program has a config file of, by their names. */
export function stacksIn(directory: string): string[] {
  return readdirSync(directory)
    .flatMap((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1] ?? [])
    .sort();
}
