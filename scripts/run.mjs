// @ts-check
// Child processes of set-up. Their output goes to a log or to the caller, never to the terminal.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import { NeedsAttention } from "./needs-attention.mjs";
import { logFolder, repositoryRoot } from "./paths.mjs";

/**
 * @typedef {object} RunOptions
 * @property {string} log name of the log below .state/logs, new for each run
 * @property {string} [cwd] the repository's root unless set
 * @property {Record<string, string | undefined>} [env] variables laid over this process's own
 * @property {string} [input] what the command reads
 * @property {number} [lastLines] how many lines of the log an error shows
 * @property {(line: string) => void} [progress] gets the newest line of output
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} options
 * @returns {Promise<void>}
 */
export async function run(command, args, options) {
  const { log, cwd = repositoryRoot, env = {}, input, lastLines = 15, progress } = options;
  await mkdir(logFolder, { recursive: true });
  const path = join(logFolder, `${log}.log`);
  const file = createWriteStream(path);
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe" });
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    if (progress !== undefined) {
      createInterface({ input: stream }).on("line", (line) => {
        if (line.trim() !== "") progress(line.trim());
      });
    }
  }
  // A command may end before it has read all of its input. Its exit code tells whether that is a failure.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const outcome = await outcomeOf(child);
  file.end();
  await finished(file);
  if (outcome === 0) return;

  const why = typeof outcome === "number" ? `exited with code ${outcome}` : outcome;
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n").slice(-lastLines);
  throw new NeedsAttention(
    [`\`${[command, ...args].join(" ")}\` ${why}`, ...lines.map((line) => `  ${line}`)].join("\n"),
    `The whole output is in ${relative(repositoryRoot, path)}`,
  );
}

/**
 * Runs a short command for its output. Never rejects. As in a shell, the exit code is 127 for a command that does not
 * exist, and 124 for a command that took too long.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export async function probe(command, args, { cwd = repositoryRoot, env = {}, timeoutMs } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (stderr += text));
  const timeout = new AbortController();
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timeout.abort();
          child.kill("SIGKILL");
        }, timeoutMs);
  const outcome = await outcomeOf(child);
  clearTimeout(timer);
  if (timeout.signal.aborted)
    return { code: 124, stdout, stderr: `no answer within ${(timeoutMs ?? 0) / 1000} s` };
  if (typeof outcome === "number") return { code: outcome, stdout, stderr };
  return { code: 127, stdout, stderr: outcome };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number | string>} the exit code, or why there is none
 */
function outcomeOf(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve("code" in error && error.code === "ENOENT" ? "does not exist on this machine" : error.message);
    });
    child.on("close", (code, signal) => {
      resolve(code ?? `was ended by ${signal ?? "a signal"}`);
    });
  });
}
