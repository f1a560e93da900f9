// @ts-check
// The container engine: it answers and is new enough, or is started, or installed, where that is possible.
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { NeedsAttention } from "../../components/cli/needs-attention.mjs";
import { capture, run } from "../run.mjs";
import { canInstallEngine, installEngine } from "./debian.mjs";
import { isAtLeast } from "./version.mjs";

/** The first whose API has a health check's start_interval, without which every gate waits for seconds. */
const LEAST_VERSION = "25.0";
const DAEMON_LOG = "/var/log/dockerd.log";
const DAEMON_PID = "/var/run/docker.pid";

/** For it to start, or to stop. */
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

/** @returns {Promise<Answer>} within seconds, also when a remote engine is gone */
async function ask() {
  const { code, stdout, stderr } = await capture("docker", ["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 8000,
  });
  if (code === 0) return { version: stdout.trim() };
  return { problem: code === 127 ? "there is no docker command" : (stderr.trim().split("\n").at(-1) ?? "") };
}

/**
 * Does what can be done on this machine, for an engine of this machine.
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
  // An installation starts it on most machines; or the one before it still runs.
  const now = await ask();
  if ("version" in now && (isAtLeast(now.version, LEAST_VERSION) || !(await stopIdle()))) return now;
  progress("starting Docker Engine");
  return start();
}

/** @returns {Promise<string | undefined>} of the engine's program, running or not */
async function installedVersion() {
  const { code, stdout } = await capture("dockerd", ["--version"]);
  const hasClient = (await capture("docker", ["--version"])).code === 0;
  return code === 0 && hasClient ? /version (\S+?),/.exec(stdout)?.[1] : undefined;
}

/**
 * Stops an engine that runs no container.
 *
 * @returns {Promise<boolean>} whether it has stopped
 */
async function stopIdle() {
  const running = await capture("docker", ["ps", "--quiet"]);
  const pid = Number(await readFile(DAEMON_PID, "utf8").catch(() => "0"));
  if (running.code !== 0 || running.stdout.trim() !== "" || pid === 0) return false;
  process.kill(pid);
  // It stops answering well before it lets go of what the next one needs.
  return until(() => !existsSync(DAEMON_PID));
}

/** @returns {Promise<Answer>} */
async function start() {
  let hasEnded = false;
  if (existsSync("/run/systemd/system")) {
    await run("systemctl", ["start", "docker"], { log: "engine-start" });
  } else {
    // Debian's init script sets limits that root in a container may not set, and gives up.
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
  return [`it does not start; the last lines of ${DAEMON_LOG}:`, ...lines.map((line) => `  ${line}`)].join(
    "\n",
  );
}

/**
 * @param {string} version
 * @param {string} [installed]
 */
function tooOld(version, installed = version) {
  return new NeedsAttention(
    `Docker Engine ${version} is too old: ${LEAST_VERSION} is needed (health checks with start_interval)`,
    isAtLeast(installed, LEAST_VERSION)
      ? `${installed} is installed here, but the older one still runs: restart the Docker service.`
      : "Upgrade Docker Engine (its documentation: Install) or Docker Desktop, then run this again.",
  );
}

/** @param {string} problem */
function notReachable(problem) {
  const host = process.env["DOCKER_HOST"];
  if (host) {
    return new NeedsAttention(
      `No Docker Engine answers at ${host} (DOCKER_HOST): ${problem}`,
      "Start it there; or unset DOCKER_HOST to use the engine of this machine.",
    );
  }
  const advice = problem.includes("permission denied")
    ? "Let this user reach the engine (Docker's documentation: Post-installation steps), or run this as root."
    : `Start Docker Desktop, or install and start Docker Engine ${LEAST_VERSION} or newer (Docker's documentation: Install).`;
  return new NeedsAttention(`No Docker Engine answers: ${problem}`, advice);
}
