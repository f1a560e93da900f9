// @ts-check
// A registry for the tests of Docker Swarm, whose nodes pull every image. Debian's package is only unpacked: installed, it
// would start a service of the machine.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheFolder } from "../paths.mjs";
import { probe, run } from "../run.mjs";

const folder = join(cacheFolder, "docker-registry");

/** The program, where this machine can have one. */
export const registryProgram = join(folder, "usr", "bin", "docker-registry");

/** @type {import("./step.mjs").Step} */
export const registry = {
  name: "registry",
  // The installation of the engine brings lists of packages.
  needs: ["engine"],
  async run({ progress }) {
    if (existsSync(registryProgram)) return "a registry for tests of Docker Swarm";
    if ((await probe("apt-get", ["--version"])).code !== 0) return without;
    await mkdir(dirname(folder), { recursive: true });
    const unpacked = await mkdtemp(`${folder}-`);
    try {
      await run("apt-get", ["download", "docker-registry"], { log: "apt-registry", cwd: unpacked, progress });
      const archives = (await readdir(unpacked)).filter((name) => name.endsWith(".deb"));
      await run("dpkg", ["-x", ...archives, "."], { log: "dpkg-registry", cwd: unpacked, progress });
      await rename(unpacked, folder).catch((/** @type {unknown} */ error) => {
        // Another checkout's set-up may have been quicker.
        if (!existsSync(registryProgram)) throw error;
      });
      return "a registry for tests of Docker Swarm";
    } catch {
      return without;
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  },
};

const without = "no registry here: the tests of Docker Swarm are not run";
