// @ts-check
import { spawn } from "node:child_process";

/**
 * Pulls an image. Gives up when no registry has answered within `patienceMs`. A pull that has begun has no time limit.
 *
 * @param {string} reference
 * @param {{ patienceMs: number, progress: (line: string) => void }} options
 * @returns {Promise<string | undefined>} why the image could not be pulled; `undefined` after a pull
 */
export function pull(reference, { patienceMs, progress }) {
  return new Promise((resolve) => {
    const child = spawn("docker", ["pull", reference], { stdio: ["ignore", "pipe", "pipe"] });
    let error = "";
    let silent = false;
    const patience = setTimeout(() => {
      silent = true;
      child.kill();
    }, patienceMs);
    // The first line is printed when the registry has answered: "16-alpine: Pulling from library/postgres".
    child.stdout.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      clearTimeout(patience);
      progress(`${reference}: ${lastLine(text)}`);
    });
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      error += text;
    });
    child.on("error", (cause) => {
      clearTimeout(patience);
      resolve(cause.message);
    });
    child.on("close", (code) => {
      clearTimeout(patience);
      if (code === 0) resolve(undefined);
      else resolve(silent ? `no answer within ${patienceMs / 1000} s` : lastLine(error));
    });
  });
}

/** @param {string} text */
function lastLine(text) {
  const line = text.trim().split("\n").at(-1) ?? "";
  return line.replace("Error response from daemon: ", "");
}
