import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** How a person runs Pulumi on the present stack, from anywhere in the checkout. */
export function pulumiCommand(...words: readonly string[]): string {
  const folder = relative(join(import.meta.dirname, ".."), process.cwd());
  return [
    "npm run pulumi --",
    ...(folder === "" ? [] : [folder]),
    ...words,
    "--stack",
    pulumi.getStack(),
  ].join(" ");
}
