// @ts-check
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./paths.mjs";

/** @type {unknown} */
const manifest = JSON.parse(readFileSync(join(repositoryRoot, "components", "package.json"), "utf8"));
const { dependencies } = /** @type {{ dependencies: Record<string, string> }} */ (manifest);

/** The versions of Pulumi and its Docker provider, which only the package's manifest names. */
export const versions = {
  pulumi: versionOf("pulumi"),
  dockerProvider: versionOf("@pulumi/docker"),
};

/** @param {string} dependency */
function versionOf(dependency) {
  const version = dependencies[dependency];
  if (version === undefined) throw new Error(`components/package.json has no dependency ${dependency}`);
  return version;
}
