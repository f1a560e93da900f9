// @ts-check
// Docker Compose's command-line plugin, which reads Compose files for this project.
import { NeedsAttention } from "../../components/cli/needs-attention.mjs";
import { capture } from "../run.mjs";
import { canInstallEngine, installEngine } from "./debian.mjs";
import { isAtLeast } from "./version.mjs";

const LEAST_VERSION = "2.24";

/** @type {import("./step.mjs").Step} */
export const compose = {
  name: "compose",
  // Installing the engine installs it too; and apt does one thing at a time.
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

/** @returns {Promise<string>} empty when there is none */
async function composeVersion() {
  const { code, stdout } = await capture("docker", ["compose", "version", "--short"]);
  return code === 0 ? stdout.trim() : "";
}
