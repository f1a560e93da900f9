// @ts-check
// Pulumi's CLI, its Node.js language host and the Docker provider: downloaded if Pulumi's download host answers, else
// built from toolchain/.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildGoBinary, goBinaryHash } from "../go-binary.mjs";
import { NeedsAttention } from "../needs-attention.mjs";
import { pulumiHome } from "../paths.mjs";
import { run } from "../run.mjs";
import { versions } from "../versions.mjs";

const DOWNLOAD_HOST = "https://get.pulumi.com";
const PATIENCE_MS = 5000;

/** @typedef {import("./step.mjs").Report} Report */

/**
 * @typedef {object} Part
 * @property {string} program name of the program in toolchain/
 * @property {string} [behind] another program, which the built program starts from its own folder
 * @property {string} path path at which Pulumi looks for the program
 * @property {(report: Report) => Promise<void>} download
 */

/** Where the npm package `pulumi`, which is a launcher, looks for the CLI and the language hosts. */
const pulumiFolder = join(pulumiHome, "versions", versions.pulumi, "bin");

const provider = `resource-docker-v${versions.dockerProvider}`;

/** @type {readonly Part[]} the CLI first: its download brings the language host, and the CLI downloads the provider */
const parts = [
  { program: "pulumi", path: join(pulumiFolder, "pulumi"), download: downloadCli },
  {
    program: "pulumi-language-nodejs",
    behind: "pulumi-language-nodejs-host",
    path: join(pulumiFolder, "pulumi-language-nodejs"),
    download: downloadCli,
  },
  {
    program: "pulumi-resource-docker",
    path: join(pulumiHome, "plugins", provider, "pulumi-resource-docker"),
    download: downloadProvider,
  },
];

/** @type {import("./step.mjs").Step} */
export const pulumi = {
  name: "pulumi",
  needs: [],
  async run(report) {
    const missing = [];
    for (const part of parts) if (!(await isUpToDate(part))) missing.push(part);
    if (missing.length > 0) await obtain(missing, report);
    return `Pulumi ${versions.pulumi}, Docker provider ${versions.dockerProvider}${origin()}`;
  },
};

/**
 * @param {readonly Part[]} missing
 * @param {Report} report
 */
async function obtain(missing, report) {
  const whyNot = (await whyNoDownload()) ?? (await downloadAll(missing, report));
  if (whyNot === undefined) return;

  const toBuild = [];
  for (const part of missing) if (!(await isUpToDate(part))) toBuild.push(part);
  const results = await Promise.allSettled(toBuild.map((part) => build(part, whyNot, report)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
  report.note(`Built here, because Pulumi cannot be downloaded: ${whyNot}`);
}

/** @returns {Promise<string | undefined>} `undefined` when the download host answers */
async function whyNoDownload() {
  try {
    const response = await fetch(DOWNLOAD_HOST, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.status < 500 ? undefined : `${DOWNLOAD_HOST} answers ${response.status}`;
  } catch {
    return `${DOWNLOAD_HOST} does not answer`;
  }
}

/**
 * @param {readonly Part[]} missing
 * @param {Report} report
 * @returns {Promise<string | undefined>} why a part could not be downloaded
 */
async function downloadAll(missing, report) {
  try {
    for (const part of missing) {
      if (await isUpToDate(part)) continue;
      // A part that was built here before would be in the way.
      await rm(part.path, { force: true });
      await rm(stampOf(part), { force: true });
      await part.download(report);
      if (!existsSync(part.path)) return `the download does not contain ${part.program}`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Downloads into the folder that the npm package `pulumi` uses, without waiting for the npm packages.
 *
 * @param {Report} report
 */
async function downloadCli(report) {
  report.progress(`downloading Pulumi ${versions.pulumi}`);
  const installer = await fetch(`${DOWNLOAD_HOST}/install.sh`);
  if (!installer.ok) throw new Error(`${installer.url} answers ${installer.status}`);
  await rm(pulumiFolder, { recursive: true, force: true });
  const root = dirname(pulumiFolder);
  await run("sh", ["-s", "--", "--no-edit-path", "--install-root", root, "--version", versions.pulumi], {
    log: "download-pulumi",
    input: await installer.text(),
    lastLines: 1,
    progress: report.progress,
  });
}

/** @param {Report} report */
async function downloadProvider(report) {
  report.progress(`downloading the Docker provider ${versions.dockerProvider}`);
  await run(
    join(pulumiFolder, "pulumi"),
    ["plugin", "install", "resource", "docker", versions.dockerProvider, "--reinstall"],
    {
      log: "download-provider",
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
      lastLines: 1,
      progress: report.progress,
    },
  );
}

/**
 * @param {Part} part
 * @param {string} whyNotDownloaded
 * @param {Report} report
 */
async function build({ program, behind, path }, whyNotDownloaded, report) {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const unfinished = [];
  for (const name of behind === undefined ? [program] : [behind, program]) {
    const built = await buildGoBinary(name, report.progress).catch((/** @type {unknown} */ error) => {
      if (!(error instanceof NeedsAttention)) throw error;
      throw new NeedsAttention(`${error.message}\nNot downloaded, because ${whyNotDownloaded}`, error.advice);
    });
    const file = join(folder, `${name}.${process.pid}`);
    await copyFile(built, file);
    unfinished.push({ file, place: join(folder, name) });
  }
  // The order matters: a program without a stamp counts as downloaded, and is never built again.
  await rm(path, { force: true });
  await writeFile(stampOf({ path }), await goBinaryHash(program));
  for (const { file, place } of unfinished) await rename(file, place);
}

/**
 * A download is never replaced. A program that was built here is, when what it is built from has changed.
 *
 * @param {Part} part
 */
async function isUpToDate(part) {
  if (!existsSync(part.path)) return false;
  const builtFrom = await readFile(stampOf(part), "utf8").catch(() => undefined);
  return builtFrom === undefined || builtFrom === (await goBinaryHash(part.program));
}

function origin() {
  const builtHere = parts.filter((part) => existsSync(stampOf(part)));
  return builtHere.length === 0 ? "" : ", built here";
}

/** @param {Pick<Part, "path">} part */
function stampOf({ path }) {
  return `${path}.built-from`;
}
