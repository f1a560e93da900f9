import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { pulumiFor } from "./pulumi-for.ts";

/** How a person calls Pulumi on the present stack. */
export function pulumiCommand(...words: readonly string[]): string {
  const folder = relative(join(import.meta.dirname, "..", ".."), process.cwd());
  return pulumiFor({ folder }, pulumi.getStack(), ...words);
}
