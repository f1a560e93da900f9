// @ts-check
// The images of the stack that a machine without an image registry can build itself, from images/<folder>.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { repositoryRoot } from "../paths.mjs";

/**
 * @typedef {object} Recipe
 * @property {string} reference what the stack calls the image
 * @property {string} folder below images/: a Dockerfile, what it copies, and perhaps a prepare.sh
 * @property {string} [base] the reference it is built on, another recipe's
 * @property {string} [binary] a program of toolchain/ that is put beside the Dockerfile
 */

/** @type {readonly Recipe[]} */
export const recipes = [
  { reference: "debian:bookworm-slim", folder: "debian" },
  { reference: "postgres:16-alpine", folder: "postgres", base: "debian:bookworm-slim" },
  { reference: "redis:7-alpine", folder: "redis", base: "debian:bookworm-slim" },
  { reference: "traefik:v3.6", folder: "traefik", base: "debian:bookworm-slim", binary: "traefik" },
];

/** @param {Recipe} recipe */
export const recipeFolder = (recipe) => join(repositoryRoot, "images", recipe.folder);

/**
 * Changes when anything the image is made from changes: its own files, its program's module files, its base.
 *
 * @param {Recipe} recipe
 * @returns {Promise<string>}
 */
export async function recipeHash(recipe) {
  const hash = createHash("sha256");
  await addFolder(hash, recipeFolder(recipe));
  if (recipe.binary !== undefined) await addFolder(hash, join(repositoryRoot, "toolchain", recipe.binary));
  const base = recipes.find(({ reference }) => reference === recipe.base);
  if (base !== undefined) hash.update(await recipeHash(base));
  return hash.digest("hex").slice(0, 16);
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} folder
 */
async function addFolder(hash, folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const content = await readFile(file);
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content);
  }
}
