// @ts-check
// The images of the stack that a machine without an image registry can build itself, from images/<folder>.
import { join } from "node:path";
import { folderHash } from "../folder-hash.mjs";
import { goBinaryHash } from "../go-binary.mjs";
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
 * Changes when anything the image is made from changes: its own files, its program, its base.
 *
 * @param {Recipe} recipe
 * @returns {Promise<string>}
 */
export async function recipeHash(recipe) {
  const base = recipes.find(({ reference }) => reference === recipe.base);
  const program = recipe.binary === undefined ? "" : await goBinaryHash(recipe.binary);
  return folderHash(recipeFolder(recipe), `${program} ${base === undefined ? "" : await recipeHash(base)}`);
}
