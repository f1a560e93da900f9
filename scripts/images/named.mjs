// @ts-check
// The images that a program needs, as its files name them.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { recipesFor } from "./recipes.mjs";

/** @typedef {import("./recipes.mjs").Recipe} Recipe */

/** Compose files, stack config, definitions in TypeScript, and Dockerfiles. */
const NAMES = /\.(ya?ml|ts)$|(^|\.)Dockerfile(\.|$)/i;

/** Lines that name an image: `image: …`, and `FROM …`, `ARG …`, `COPY --from=…` of a Dockerfile. */
const PLACES = /\bimage:|^\s*(FROM|ARG)\s|--from=/i;

/** Folders that a program does not use: tests, and the recipes themselves. */
const OTHERS = new Set(["node_modules", "test", "images"]);

/**
 * The recipes of the images that a program's files name, and of their base images.
 *
 * @param {string} directory
 * @returns {Promise<readonly Recipe[]>}
 */
export async function recipesNamedIn(directory) {
  // Files of editors and tests may be removed while this runs.
  const texts = await Promise.all(
    (await filesOf(directory)).map((path) => readFile(path, "utf8").catch(() => "")),
  );
  const lines = texts
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(/(^|\s)(#|\/\/).*/, ""))
    .filter((line) => PLACES.test(line));
  return recipesFor(({ reference }) => lines.some((line) => names(line, reference)));
}

/**
 * Whether a line names exactly this image: no other registry in front, and no longer tag.
 *
 * @param {string} line
 * @param {string} reference
 */
export function names(line, reference) {
  return new RegExp(
    String.raw`(?<=^|[\s"'=]|:-)${reference.replaceAll(".", String.raw`\.`)}(?=$|[\s"'},])`,
  ).test(line);
}

/**
 * @param {string} directory
 * @returns {Promise<readonly string[]>}
 */
async function filesOf(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const paths = entries.map(async (entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory()) return NAMES.test(basename(path)) ? [path] : [];
    // A folder with a Pulumi.yaml is another program.
    const isOther =
      entry.name.startsWith(".") || OTHERS.has(entry.name) || existsSync(join(path, "Pulumi.yaml"));
    return isOther ? [] : filesOf(path);
  });
  return (await Promise.all(paths)).flat();
}
