// @ts-check
// Docker Compose's command-line plugin, by which the library reads Compose files.
import { NeedsAttention } from "../needs-attention.mjs";
import { probe } from "../run.mjs";
import { canInstallEngine, installEngine } from "./debian.mjs";
import { isAtLeast } from "./version.mjs";

const LEAST_VERSION = "2.24";

/** @type {import("./step.mjs").Step} */
export const compose = {
  name: "compose",
  // The installation of the engine brings Compose too, and only one apt can run at a time.
  needs: ["engine"],
  async run({ progress }) {
    const present = await composeVersion();
    if (isAtLeast(present, LEAST_VERSION)) return `Docker Compose ${present}`;

    if (await canInstallEngine()) await installEngine(progress);
    const installed = await composeVersion();
    if (isAtLeast(installed, LEAST_VERSION)) return `Docker Compose ${installed}`;
    throw new NeedsAttention(
      installed === "" ? "docker compose does not work" : `Docker Compose ${installed} is too old`,
      `Install Docker Compose ${LEAST_VERSION} or newer as a plugin of the docker command (Docker's documentation: Compose, Install).`,
    );
  },
};

/** @returns {Promise<string>} empty without Compose */
async function composeVersion() {
  const { code, stdout } = await probe("docker", ["compose", "version", "--short"]);
  return code === 0 ? stdout.trim() : "";
}
