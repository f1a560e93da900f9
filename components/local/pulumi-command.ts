import * as pulumi from "@pulumi/pulumi";
import { commandFor } from "./command-for.ts";

/** How a person calls Pulumi on the present stack. */
export function pulumiCommandLine(...words: readonly string[]): string {
  return commandFor(process.cwd(), pulumi.getStack(), "pulumi", ...words);
}
