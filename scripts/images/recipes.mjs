// @ts-check
// The images that a machine without an image registry builds itself, from images/<folder>.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderHash } from "../folder-hash.mjs";
import { goBinaryHash } from "../go-binary.mjs";
import { repositoryRoot } from "../paths.mjs";

/**
 * @typedef {object} Recipe
 * @property {string} reference the image's name in Compose files
 * @property {string} folder folder in images/: a Dockerfile, the files that it copies, and perhaps a prepare.sh
 * @property {readonly string[]} [shared] further files of images/ that are copied beside the Dockerfile
 * @property {string} [base] the reference of the recipe that it is built on
 * @property {string} [binary] a program of toolchain/ that is copied beside the Dockerfile
 * @property {boolean} [unpublished] whether no registry has the image, so that it is built on every machine
 */

const DEBIAN = "debian:bookworm-slim";

/** @type {readonly Recipe[]} each behind its base */
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
 * The folder and the further files that an image is built from, without its program.
 *
 * @param {Recipe} recipe
 * @returns {{ folder: string, shared: readonly string[] }}
 */
export function recipeSources({ folder, shared = [] }) {
  const path = (/** @type {string} */ name) => join(repositoryRoot, "images", name);
  return { folder: path(folder), shared: shared.map(path) };
}

/**
 * The images that are named, and their base images, each behind its base.
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
 * A hash that changes when the image's files, its program or its base change.
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
