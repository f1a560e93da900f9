// @ts-check
// The npm packages, in the versions of package-lock.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathWithoutOurs } from "../environment.mjs";
import { repositoryRoot } from "../paths.mjs";
import { run } from "../run.mjs";

/**
 * The entry of a package in a lock file.
 *
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Locked
 */

/** @type {import("./step.mjs").Step} */
export const packages = {
  name: "packages",
  needs: [],
  async run({ progress }) {
    const wanted = await readLock(join(repositoryRoot, "package-lock.json"));
    // npm writes this file last, so an interrupted installation has no such file.
    const installed = await readLock(join(repositoryRoot, "node_modules", ".package-lock.json"));
    if (!isComplete(wanted, installed)) {
      let fetched = 0;
      // No package needs its install script: the scripts compile native parts that have substitutes in JavaScript.
      await run("npm", ["ci", "--ignore-scripts", "--loglevel", "http"], {
        log: "npm-ci",
        // With NODE_ENV=production npm would omit what the tests need.
        env: { PATH: pathWithoutOurs(process.env["PATH"]), NODE_ENV: undefined },
        progress(line) {
          if (line.startsWith("npm http fetch")) progress(`npm has fetched ${(fetched += 1)} files`);
        },
      });
    }
    return `${wanted.size} npm packages`;
  },
};

/**
 * @param {ReadonlyMap<string, Locked>} wanted
 * @param {ReadonlyMap<string, Locked>} installed
 * @returns {boolean}
 */
export function isComplete(wanted, installed) {
  return [...wanted].every(([path, locked]) => {
    const present = installed.get(path);
    return present === undefined ? mayBeMissing(locked) : present.version === locked.version;
  });
}

/**
 * npm leaves out the optional packages of other platforms, and all that only those need. Such a package may name no platform
 * itself, so an optional package has to be there only where it names this one.
 *
 * @param {Locked} locked
 */
function mayBeMissing({ optional = false, os, cpu, libc }) {
  // Of a package for each C library, npm takes the one that this system has.
  const names = libc === undefined && (os !== undefined || cpu !== undefined);
  const suits = (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
  return optional && !(names && suits);
}

/**
 * @param {string} path
 * @returns {Promise<ReadonlyMap<string, Locked>>} by their folder
 */
async function readLock(path) {
  const text = await readFile(path, "utf8").catch(() => '{"packages":{}}');
  /** @type {unknown} */
  const content = JSON.parse(text);
  const lock = /** @type {{ packages: Record<string, Locked> }} */ (content);
  return new Map(Object.entries(lock.packages).filter(([folder]) => folder !== ""));
}
