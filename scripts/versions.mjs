// @ts-check
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.mjs";

const manifest = /** @type {{ dependencies: Record<string, string> }} */ (
  JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"))
);

/** What is used of Pulumi. package.json is the one place that says which versions. */
export const versions = {
  pulumi: versionOf("pulumi"),
  dockerProvider: versionOf("@pulumi/docker"),
};

/** @param {string} dependency */
function versionOf(dependency) {
  const version = manifest.dependencies[dependency];
  if (version === undefined) throw new Error(`package.json has no dependency ${dependency}`);
  return version;
}
