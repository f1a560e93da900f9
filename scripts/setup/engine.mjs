// @ts-check
// The container engine. Where possible, it is installed and started, until it answers and is new enough.
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { NeedsAttention } from "../needs-attention.mjs";
import { probe, run } from "../run.mjs";
import { canInstallEngine, installEngine } from "./debian.mjs";
import { isAtLeast } from "./version.mjs";

/** The first version whose health checks have a start_interval. Without it every gate waits for seconds. */
const LEAST_VERSION = "25.0";
const DAEMON_LOG = "/var/log/dockerd.log";
const DAEMON_PID = "/var/run/docker.pid";

/** How long the engine may take to start or to stop. */
const TIMEOUT_MS = 60_000;

/** @typedef {(text: string) => void} Progress */
/** @typedef {{ version: string } | { problem: string }} Answer */

/** @type {import("./step.mjs").Step} */
export const engine = {
  name: "engine",
  needs: [],
  async run({ progress }) {
    const first = await ask();
    if ("version" in first && isAtLeast(first.version, LEAST_VERSION)) return describe(first.version);

    const second = await help(first, progress);
    if (!("version" in second)) throw notReachable(second.problem);
    if (isAtLeast(second.version, LEAST_VERSION)) return describe(second.version);
    throw tooOld(second.version, await installedVersion());
  },
};

/** @param {string} version */
const describe = (version) => `Docker Engine ${version}`;

/** @returns {Promise<Answer>} within seconds, also without an answer of a remote engine */
async function ask() {
  const { code, stdout, stderr } = await probe("docker", ["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 8000,
  });
  if (code === 0) return { version: stdout.trim() };
  return {
    problem: code === 127 ? "the command docker is not installed" : (stderr.trim().split("\n").at(-1) ?? ""),
  };
}

/**
 * Installs and starts the engine of this machine, where that is possible.
 *
 * @param {Answer} answer
 * @param {Progress} progress
 * @returns {Promise<Answer>}
 */
async function help(answer, progress) {
  if (process.env["DOCKER_HOST"] || process.platform !== "linux" || process.getuid?.() !== 0) return answer;

  const installed = await installedVersion();
  if (installed === undefined || !isAtLeast(installed, LEAST_VERSION)) {
    if (!(await canInstallEngine())) return answer;
    progress("installing Docker Engine");
    await installEngine(progress);
  }
  // On most machines the installation starts the engine. Or the older engine still runs.
  const now = await ask();
  if ("version" in now && (isAtLeast(now.version, LEAST_VERSION) || !(await stopIdle()))) return now;
  progress("starting Docker Engine");
  return start();
}

/** @returns {Promise<string | undefined>} version of the engine's program, whether it runs or not */
async function installedVersion() {
  const { code, stdout } = await probe("dockerd", ["--version"]);
  const hasClient = (await probe("docker", ["--version"])).code === 0;
  return code === 0 && hasClient ? /version (\S+?),/.exec(stdout)?.[1] : undefined;
}

/**
 * Stops an engine that runs no container.
 *
 * @returns {Promise<boolean>} whether it has stopped
 */
async function stopIdle() {
  const running = await probe("docker", ["ps", "--quiet"]);
  const pid = Number(await readFile(DAEMON_PID, "utf8").catch(() => "0"));
  if (running.code !== 0 || running.stdout.trim() !== "" || pid === 0) return false;
  process.kill(pid);
  // The engine stops answering some time before it releases what the next engine needs.
  return until(() => !existsSync(DAEMON_PID));
}

/** @returns {Promise<Answer>} */
async function start() {
  let hasEnded = false;
  if (existsSync("/run/systemd/system")) {
    await run("systemctl", ["start", "docker"], { log: "engine-start" });
  } else {
    // Debian's init script fails in a container, where root may not set limits.
    const log = openSync(DAEMON_LOG, "a");
    const daemon = spawn("dockerd", [], { detached: true, stdio: ["ignore", log, log] });
    daemon.on("exit", () => (hasEnded = true)).on("error", () => (hasEnded = true));
    daemon.unref();
  }
  let answer = await ask();
  await until(async () => {
    answer = await ask();
    return hasEnded || "version" in answer;
  });
  return "version" in answer ? answer : { problem: await whyNotStarted() };
}

/**
 * @param {() => boolean | Promise<boolean>} isSo
 * @returns {Promise<boolean>} whether it came true in time
 */
async function until(isSo) {
  const end = Date.now() + TIMEOUT_MS;
  while (Date.now() < end) {
    if (await isSo()) return true;
    await sleep(200);
  }
  return false;
}

async function whyNotStarted() {
  const log = await readFile(DAEMON_LOG, "utf8").catch(() => "");
  const lines = log.trimEnd().split("\n").slice(-10);
  return [
    `dockerd does not start. The last lines of ${DAEMON_LOG}:`,
    ...lines.map((line) => `  ${line}`),
  ].join("\n");
}

/**
 * @param {string} version
 * @param {string} [installed]
 */
function tooOld(version, installed = version) {
  return new NeedsAttention(
    `Docker Engine ${version} is too old: version ${LEAST_VERSION} or newer is needed, for health checks with start_interval`,
    isAtLeast(installed, LEAST_VERSION)
      ? `Version ${installed} is installed, but the older version still runs: restart the Docker service.`
      : "Upgrade Docker Engine (Docker's documentation: Install) or Docker Desktop, then run this again.",
  );
}

/** @param {string} problem */
function notReachable(problem) {
  const host = process.env["DOCKER_HOST"];
  if (host) {
    return new NeedsAttention(
      `No Docker Engine answers at ${host} (DOCKER_HOST): ${problem}`,
      "Start the engine there. Or unset DOCKER_HOST, to use the engine of this machine.",
    );
  }
  const advice = problem.includes("permission denied")
    ? "Allow this user to use the engine (Docker's documentation: Post-installation steps), or run this as root."
    : `Start Docker Desktop, or install and start Docker Engine ${LEAST_VERSION} or newer (Docker's documentation: Install).`;
  return new NeedsAttention(`No Docker Engine answers: ${problem}`, advice);
}
