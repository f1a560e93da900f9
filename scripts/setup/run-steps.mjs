// @ts-check
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { inspect } from "node:util";
import { NeedsAttention } from "../needs-attention.mjs";
import { logFolder, repositoryRoot } from "../paths.mjs";
import { seconds, startHeartbeat } from "../terminal.mjs";

/** @typedef {import("./step.mjs").Step} Step */

/**
 * Runs each step as soon as the steps that it needs have succeeded. A failed step holds back only the steps that need
 * it.
 *
 * @param {readonly Step[]} steps in any order
 * @returns {Promise<boolean>} whether all succeeded
 */
export async function runSteps(steps) {
  const width = Math.max(...steps.map(({ name }) => name.length));
  /** @type {Map<string, string>} what each running step is doing */
  const running = new Map();
  const terminal = startHeartbeat(() =>
    [...running].map(([name, doing]) => (doing === "" ? name : `${name}: ${doing}`)).join(" | "),
  );
  /** @type {Map<string, Promise<boolean>>} */
  const results = new Map();

  /** @param {Step} step */
  const runStep = async ({ name, needs, run }) => {
    const failed = await failedNeeds(needs);
    if (failed.length > 0) {
      terminal.print(`- ${name.padEnd(width)}  skipped, because ${failed.join(" and ")} failed`);
      return false;
    }
    const start = Date.now();
    /** @type {string[]} */
    const notes = [];
    running.set(name, "");
    try {
      const result = await run({
        progress: (text) => void running.set(name, text),
        note: (text) => void notes.push(text),
      });
      terminal.print(`✓ ${name.padEnd(width)}  ${result} (${seconds(Date.now() - start)})`);
      return true;
    } catch (error) {
      terminal.print(`✗ ${name.padEnd(width)}  failed after ${seconds(Date.now() - start)}`);
      notes.push(...explain(name, error));
      return false;
    } finally {
      running.delete(name);
      for (const line of notes.flatMap((note) => note.split("\n"))) terminal.print(`    ${line}`);
    }
  };

  /** @param {readonly string[]} needs */
  const failedNeeds = async (needs) => {
    const outcomes = await Promise.all(
      needs.map(async (name) => ({ name, succeeded: await resultOf(name) })),
    );
    return outcomes.filter(({ succeeded }) => !succeeded).map(({ name }) => name);
  };

  /** @param {string} name */
  const resultOf = (name) => {
    const known = results.get(name);
    if (known !== undefined) return known;
    const step = steps.find((candidate) => candidate.name === name);
    if (step === undefined) throw new Error(`there is no step ${name}`);
    const result = runStep(step);
    results.set(name, result);
    return result;
  };

  try {
    const outcomes = await Promise.all(steps.map(({ name }) => resultOf(name)));
    return outcomes.every(Boolean);
  } finally {
    terminal.stop();
  }
}

/**
 * @param {string} name
 * @param {unknown} error
 */
function explain(name, error) {
  if (error instanceof NeedsAttention) return [error.message, `→ ${error.advice}`];
  // An unexpected error: its stack trace goes to a log, not to the terminal.
  const path = join(logFolder, `setup-${name}.log`);
  mkdirSync(logFolder, { recursive: true });
  writeFileSync(path, `${inspect(error)}\n`);
  const message = error instanceof Error ? error.message : String(error);
  return [message, `→ This is a bug of set-up. Its stack trace is in ${relative(repositoryRoot, path)}`];
}
