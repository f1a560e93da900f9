// @ts-check
// Programs that only tests need, from Debian's packages. A package is only unpacked: installed, it would start a service of
// the machine.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../paths.mjs";
import { probe, run } from "../run.mjs";

/**
 * @param {string} name
 * @param {object} of
 * @param {readonly string[]} of.packages Debian's
 * @param {string} of.program path in the packages
 * @param {string} of.what the program, in words
 * @param {string} of.tests the tests that need the program, in words
 * @returns {{ program: string, folder: string, step: import("./step.mjs").Step }} the program's path, where this machine can
 *   have it, and the folder of everything that was unpacked
 */
export function unpackedPackage(name, { packages, program: path, what, tests }) {
  const folder = join(cacheFolder, name);
  const program = join(folder, path);
  const without = `no ${what} here: ${tests} are not run`;
  return {
    program,
    folder,
    step: {
      name,
      // The installation of the engine brings lists of packages.
      needs: ["engine"],
      async run({ progress }) {
        if (existsSync(program)) return `${what}, for ${tests}`;
        if ((await probe("apt-get", ["--version"])).code !== 0) return without;
        await mkdir(dirname(folder), { recursive: true });
        const unpacked = await mkdtemp(`${folder}-`);
        try {
          await run("apt-get", ["download", ...packages], { log: `apt-${name}`, cwd: unpacked, progress });
          for (const archive of (await readdir(unpacked)).filter((file) => file.endsWith(".deb")))
            await run("dpkg", ["-x", archive, "."], { log: `dpkg-${name}`, cwd: unpacked, progress });
          await rename(unpacked, folder).catch((/** @type {unknown} */ error) => {
            // Another checkout's set-up may have been quicker.
            if (!existsSync(program)) throw error;
          });
          return `${what}, for ${tests}`;
        } catch {
          return without;
        } finally {
          await rm(unpacked, { recursive: true, force: true });
        }
      },
    },
  };
}
