// @ts-check
// Debian 12's own engine is too old. Debian 13's packages of the engine are installed there by pinning, and no other
// package changes.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { NeedsAttention } from "../needs-attention.mjs";
import { probe, run } from "../run.mjs";

const ENGINE_PACKAGES = ["docker.io", "containerd", "docker-cli", "docker-buildx", "docker-compose"];

const NEXT_RELEASES = new Map([["bookworm", "trixie"]]);
const SOURCES_FILE = "/etc/apt/sources.list.d/super-team-engine.sources";
const PREFERENCES_FILE = "/etc/apt/preferences.d/super-team-engine";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Whether `installEngine` works on this machine. An engine of another machine, or an engine that is not Debian's, is left
 * to its owner, because Debian's packages would replace it.
 *
 * @returns {Promise<boolean>}
 */
export async function canInstallEngine() {
  if (process.env["DOCKER_HOST"] || process.getuid?.() !== 0) return false;
  const release = await debianRelease();
  if (release === undefined || release.version < 12) return false;
  const isPresent = (await probe("dockerd", ["--version"])).code === 0;
  return !isPresent || (await probe("dpkg-query", ["--status", "docker.io"])).code === 0;
}

/**
 * Installs the engine, its command line, buildx and Compose.
 *
 * @param {(text: string) => void} progress
 */
export async function installEngine(progress) {
  const { codename } = (await debianRelease()) ?? { codename: "" };
  const next = NEXT_RELEASES.get(codename);
  if (next !== undefined) {
    // Without package lists, apt does not name its sources.
    if ((await debianSources()).length === 0) await updateLists(progress);
    await writeIfDifferent(SOURCES_FILE, sourcesOfNext(await debianSources(), codename, next));
    await writeIfDifferent(PREFERENCES_FILE, preferencesFor(next));
  }
  await updateLists(progress);
  await aptGet(["install", "--no-install-recommends", ...ENGINE_PACKAGES, "iptables"], "install", progress);
}

/**
 * Installs Debian's own package of a program, on a machine where this is possible.
 *
 * @param {string} name
 * @param {(text: string) => void} progress
 * @returns {Promise<boolean>} whether the package is there now
 */
export async function installPackage(name, progress) {
  if (process.getuid?.() !== 0 || (await debianRelease()) === undefined) return false;
  try {
    await updateLists(progress);
    await aptGet(["install", "--no-install-recommends", name], `install-${name}`, progress);
    return true;
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    return false;
  }
}

/**
 * @typedef {object} Source
 * @property {string} uri
 * @property {string} suite such as bookworm-updates
 */

/** @returns {Promise<readonly Source[]>} the sources of this machine's Debian packages */
async function debianSources() {
  const filters = ["Created-By: Packages", "Origin: Debian", "Component: main"];
  const { stdout } = await probe("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI) $(RELEASE)",
    ...filters,
  ]);
  return [...new Set(stdout.trim().split("\n"))].filter(Boolean).map((line) => {
    const [uri = "", suite = ""] = line.split(" ");
    return { uri, suite };
  });
}

/**
 * The same sources for the next release, so that a machine with a mirror goes on using its mirror.
 *
 * @param {readonly Source[]} sources
 * @param {string} release
 * @param {string} next
 * @returns {string}
 */
function sourcesOfNext(sources, release, next) {
  const own = sources.filter(({ suite }) => suite === release || suite.startsWith(`${release}-`));
  if (own.length === 0) {
    throw new NeedsAttention(
      `apt has no source of Debian ${release}, so the newer Docker Engine cannot be installed`,
      "Add Debian's source to /etc/apt/sources.list.d. Or install Docker Engine 25 or newer yourself.",
    );
  }
  const signedBy = existsSync(KEYRING) ? [`Signed-By: ${KEYRING}`] : [];
  return own
    .map(({ uri, suite }) => {
      const lines = ["Types: deb", `URIs: ${uri}`, `Suites: ${suite.replace(release, next)}`];
      return [...lines, "Components: main", ...signedBy, ""].join("\n");
    })
    .join("\n");
}

/** @param {string} release */
function preferencesFor(release) {
  const pin = (/** @type {string} */ packages, /** @type {number} */ priority) =>
    `Package: ${packages}\nPin: release n=${release}*\nPin-Priority: ${priority}\n`;
  return [pin("*", -1), pin(ENGINE_PACKAGES.join(" "), 900)].join("\n");
}

/** @param {(text: string) => void} progress */
async function updateLists(progress) {
  try {
    await aptGet(["update"], "update", progress);
  } catch (error) {
    // Another source of this machine may be broken. The installation shows whether that matters.
    if (!(error instanceof NeedsAttention)) throw error;
    progress("some package lists could not be updated");
  }
}

/**
 * @param {readonly string[]} args
 * @param {string} log
 * @param {(text: string) => void} progress
 */
async function aptGet(args, log, progress) {
  await run("apt-get", ["-y", "-o", "DPkg::Lock::Timeout=300", ...args], {
    log: `apt-${log}`,
    env: { DEBIAN_FRONTEND: "noninteractive" },
    progress,
  });
}

/** @returns {Promise<{ codename: string, version: number } | undefined>} `undefined` on another system */
async function debianRelease() {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  const fields = new Map(
    text.split("\n").map((line) => {
      const [name = "", value = ""] = line.split("=");
      return /** @type {const} */ ([name, value.replaceAll('"', "")]);
    }),
  );
  if (fields.get("ID") !== "debian") return undefined;
  return { codename: fields.get("VERSION_CODENAME") ?? "", version: Number(fields.get("VERSION_ID")) };
}

/**
 * @param {string} path
 * @param {string} content
 */
async function writeIfDifferent(path, content) {
  if ((await readFile(path, "utf8").catch(() => "")) !== content) await writeFile(path, content);
}
