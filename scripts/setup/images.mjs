// @ts-check
// The images that a program needs: pulled, or built here when no image registry answers or has them.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildGoBinary } from "../go-binary.mjs";
import { pull } from "../images/pull.mjs";
import { recipeHash, recipeSources } from "../images/recipes.mjs";
import { NeedsAttention } from "../needs-attention.mjs";
import { probe, run } from "../run.mjs";

/** @typedef {import("../images/recipes.mjs").Recipe} Recipe */
/** @typedef {(text: string) => void} Progress */

/** The label of images that were built here. Its value is the hash of the image's recipe. */
const LABEL = "io.super-team.built-locally";

/** How long a registry may take to answer. After that, the images are built. */
const PATIENCE_MS = 6000;

/** A preparation may install a package on this machine, and only one apt can run at a time. */
let lastPreparation = Promise.resolve();

/**
 * @param {() => Promise<readonly Recipe[]>} choose called when the step begins
 * @returns {import("./step.mjs").Step}
 */
export function images(choose) {
  return {
    name: "images",
    needs: ["engine"],
    async run(report) {
      const wanted = await choose();
      const hashes = new Map(
        await Promise.all(
          wanted.map(async (recipe) => /** @type {const} */ ([recipe, await recipeHash(recipe)])),
        ),
      );
      const present = await labelsOfPresentImages(wanted);
      const absent = wanted.filter(({ reference }) => !present.has(reference));
      const outdated = wanted.filter((recipe) => {
        const builtFrom = present.get(recipe.reference);
        return builtFrom !== undefined && builtFrom !== "" && builtFrom !== hashes.get(recipe);
      });

      const published = absent.filter(({ unpublished = false }) => !unpublished);
      const { unavailable, reason } = await pullAll(published, report.progress);
      if (reason !== undefined) {
        await checkThatImagesCanBeBuilt(reason);
        report.note(`No image can be pulled (${reason}), so images are built here, from images/.`);
      }
      const toBuild = wanted.filter(
        (recipe) =>
          unavailable.includes(recipe) ||
          outdated.includes(recipe) ||
          (recipe.unpublished && absent.includes(recipe)),
      );
      await buildAll(toBuild, hashes, report.progress);

      const local = wanted
        .filter((recipe) => toBuild.includes(recipe) || present.get(recipe.reference))
        .map(({ reference }) => reference);
      const summary = `${wanted.length} images present`;
      return local.length === 0 ? summary : `${summary}, built locally: ${local.join(", ")}`;
    },
  };
}

/**
 * One question for all images, because a machine that has all images does no more than this.
 *
 * @param {readonly Recipe[]} wanted
 * @returns {Promise<Map<string, string>>} reference → value of the label; "" for an image that was not built here
 */
async function labelsOfPresentImages(wanted) {
  const format = `{{join .RepoTags " "}}|{{with .Config.Labels}}{{index . "${LABEL}"}}{{end}}`;
  const references = wanted.map(({ reference }) => reference);
  // The exit code only tells that some image is missing.
  const { stdout } = await probe("docker", ["image", "inspect", "--format", format, ...references]);
  /** @type {Map<string, string>} */
  const labels = new Map();
  for (const line of stdout.trim().split("\n")) {
    const [tags = "", label = ""] = line.split("|");
    for (const tag of tags.split(" ")) labels.set(tag, label);
  }
  return labels;
}

/**
 * The first pull shows whether a registry can be reached. If not, no other pull is tried.
 *
 * @param {readonly Recipe[]} wanted
 * @param {Progress} progress
 * @returns {Promise<{ unavailable: readonly Recipe[], reason?: string }>}
 */
async function pullAll(wanted, progress) {
  const [first, ...others] = wanted;
  if (first === undefined) return { unavailable: [] };
  progress(`pulling ${first.reference}`);
  const reason = await pull(first.reference, { patienceMs: PATIENCE_MS, progress });
  if (reason !== undefined) return { unavailable: wanted, reason };

  const results = await Promise.all(
    others.map(async (recipe) => ({
      recipe,
      reason: await pull(recipe.reference, { patienceMs: 10 * PATIENCE_MS, progress }),
    })),
  );
  const failed = results.filter((result) => result.reason !== undefined);
  if (failed.length > 0) {
    // A registry that answers and refuses has a reason that matters more than an image that is built here.
    throw new NeedsAttention(
      failed
        .map(({ recipe, reason: why }) => `${recipe.reference} cannot be pulled: ${why ?? ""}`)
        .join("\n"),
      "Try again. Or bring the image to the engine yourself, with docker pull or docker load.",
    );
  }
  return { unavailable: [] };
}

/** @param {string} whyNotPulled */
async function checkThatImagesCanBeBuilt(whyNotPulled) {
  if ((await probe("apt-get", ["--version"])).code === 0) return;
  throw new NeedsAttention(
    `The engine cannot pull the images of the stack: ${whyNotPulled}`,
    "Give the engine access to an image registry. (Only a Debian 12 machine can build the images instead.)",
  );
}

/**
 * Builds each image as soon as its base is built. What an image is built from is fetched at the same time.
 *
 * @param {readonly Recipe[]} toBuild
 * @param {ReadonlyMap<Recipe, string>} hashes
 * @param {Progress} progress
 */
async function buildAll(toBuild, hashes, progress) {
  /** @type {Map<string, Promise<void>>} */
  const builds = new Map();
  for (const recipe of toBuild) {
    const base = Promise.resolve(builds.get(recipe.base ?? ""));
    builds.set(recipe.reference, build(recipe, hashes.get(recipe) ?? "", base, progress));
  }
  await settleAll([...builds.values()]);
}

/**
 * @param {Recipe} recipe
 * @param {string} hash
 * @param {Promise<void>} base
 * @param {Progress} progress
 */
async function build(recipe, hash, base, progress) {
  const { reference, binary } = recipe;
  const folder = await mkdtemp(join(tmpdir(), "super-team-image-"));
  const options = {
    cwd: folder,
    env: { DOCKER_BUILDKIT: "1" },
    progress: (/** @type {string} */ line) => {
      progress(`building ${reference}: ${line}`);
    },
  };
  try {
    const sources = recipeSources(recipe);
    await cp(sources.folder, folder, { recursive: true });
    for (const file of sources.shared) await cp(file, join(folder, basename(file)));
    const preparation = existsSync(join(folder, "prepare.sh"))
      ? prepare(`image-${recipe.folder}-prepare`, options)
      : Promise.resolve();
    const program =
      binary === undefined
        ? Promise.resolve()
        : buildGoBinary(binary, options.progress).then((path) => cp(path, join(folder, binary)));
    await settleAll([base, preparation, program]);
    await run("docker", ["build", "--tag", reference, "--label", `${LABEL}=${hash}`, "."], {
      ...options,
      log: `image-${recipe.folder}`,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} log
 * @param {{ cwd: string, progress: Progress }} options
 */
function prepare(log, options) {
  const preparation = lastPreparation.then(() => run("sh", ["prepare.sh"], { ...options, log }));
  lastPreparation = preparation.catch(() => undefined);
  return preparation;
}

/**
 * Waits for all promises, also after a failure, so that no work goes on behind an error message.
 *
 * @param {readonly Promise<void>[]} promises
 */
async function settleAll(promises) {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
