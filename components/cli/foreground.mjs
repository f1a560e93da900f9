// @ts-check
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { repositoryRoot } from "../../scripts/paths.mjs";

/** npm passes on a signal that the terminal has delivered already: the second of a pair counts for nothing. */
const PAIR_MS = 2_000;

/** @type {readonly NodeJS.Signals[]} */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a command in this process's place: same terminal, same signals, same exit code. It gets each signal once,
 * since Pulumi takes a second one as leave to drop everything and lose track of what it was creating.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [cwd] the repository's root unless set
 * @returns {Promise<number>} the exit code
 */
export function runInForeground(command, args, env, cwd = repositoryRoot) {
  // At a terminal the child shares our process group, and a Ctrl-C reaches both. Elsewhere it has a group of its own:
  // what is sent to ours is passed on here, and only here.
  const atTerminal = process.stdin.isTTY;
  const child = spawn(command, args, { cwd, env, stdio: "inherit", detached: !atTerminal });

  /** @type {Map<NodeJS.Signals, number>} */
  const lastSeen = new Map();
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    const now = Date.now();
    const isRepeat = now - (lastSeen.get(signal) ?? 0) < PAIR_MS;
    lastSeen.set(signal, now);
    if (isRepeat || (atTerminal && signal === "SIGINT")) return;
    child.kill(signal);
  };
  for (const name of SIGNALS) process.on(name, passOn);

  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of SIGNALS) process.off(name, passOn);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
