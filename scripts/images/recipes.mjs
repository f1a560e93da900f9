// @ts-check
// The images that a machine without an image registry can build itself, from images/<folder>.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderHash } from "../folder-hash.mjs";
import { goBinaryHash } from "../go-binary.mjs";
import { repositoryRoot } from "../paths.mjs";

/**
 * @typedef {object} Recipe
 * @property {string} reference what projects call the image
 * @property {string} folder below images/: a Dockerfile, what it copies, and perhaps a prepare.sh
 * @property {readonly string[]} [shared] further files below images/ that are put beside the Dockerfile
 * @property {string} [base] the reference it is built on, another recipe's
 * @property {string} [binary] a program of toolchain/ that is put beside the Dockerfile
 * @property {boolean} [unpublished] it is in no registry, so it is built everywhere
 */

const DEBIAN = "debian:bookworm-slim";

/** @type {readonly Recipe[]} each after its base */
export const recipes = [
  { reference: DEBIAN, folder: "debian" },
  { reference: "postgres:16-alpine", folder: "postgres", shared: ["pip.sh"], base: DEBIAN },
  {
    reference: "postgres:15-alpine",
    folder: "postgres-15",
    shared: ["postgres/docker-entrypoint.sh"],
    base: DEBIAN,
  },
  { reference: "redis:7-alpine", folder: "redis", base: DEBIAN },
  { reference: "traefik:v3.6", folder: "traefik", base: DEBIAN, binary: "traefik" },
  { reference: "nginx:1.28-alpine", folder: "nginx", base: DEBIAN },
  { reference: "prom/prometheus:v2.42.0", folder: "prometheus", base: DEBIAN },
  { reference: "mailhog/mailhog:v1.0.1", folder: "mailhog", base: DEBIAN, binary: "mailhog" },
  {
    reference: "quay.io/oauth2-proxy/oauth2-proxy:v7.8.1",
    folder: "oauth2-proxy",
    base: DEBIAN,
    binary: "oauth2-proxy",
  },
  { reference: "grafana/loki:3.0.0", folder: "loki", base: DEBIAN, binary: "loki" },
  { reference: "grafana/promtail:3.0.0", folder: "promtail", base: DEBIAN, binary: "promtail" },
  { reference: "grafana/grafana:11.6.0", folder: "grafana", base: DEBIAN },
  { reference: "dpage/pgadmin4:9.18", folder: "pgadmin", shared: ["pip.sh"], base: DEBIAN },
  { reference: "super-team/vite:8.3.8", folder: "vite", base: DEBIAN, unpublished: true },
  {
    reference: "super-team/streamlit:1.67.0",
    folder: "streamlit",
    shared: ["pip.sh"],
    base: DEBIAN,
    unpublished: true,
  },
];

/**
 * What an image is built from, apart from its program: folders and files whose contents go into one folder.
 *
 * @param {Recipe} recipe
 * @returns {{ folder: string, shared: readonly string[] }}
 */
export function recipeSources({ folder, shared = [] }) {
  const path = (/** @type {string} */ name) => join(repositoryRoot, "images", name);
  return { folder: path(folder), shared: shared.map(path) };
}

/**
 * The images that are named, and those they are built on, each after its base.
 *
 * @param {(recipe: Recipe) => boolean} isNamed
 * @returns {readonly Recipe[]}
 */
export function recipesFor(isNamed) {
  const needed = new Set();
  for (const recipe of recipes.toReversed()) {
    if (!isNamed(recipe) && !needed.has(recipe.reference)) continue;
    needed.add(recipe.reference).add(recipe.base);
  }
  return recipes.filter(({ reference }) => needed.has(reference));
}

/**
 * Changes when anything the image is made from changes: its own files, its program, its base.
 *
 * @param {Recipe} recipe
 * @returns {Promise<string>}
 */
export async function recipeHash(recipe) {
  const { folder, shared } = recipeSources(recipe);
  const base = recipes.find(({ reference }) => reference === recipe.base);
  const program = recipe.binary === undefined ? "" : await goBinaryHash(recipe.binary);
  const contents = await Promise.all(shared.map((path) => readFile(path, "utf8")));
  const parts = [program, base === undefined ? "" : await recipeHash(base), ...contents];
  return folderHash(folder, parts.join(" "));
}
