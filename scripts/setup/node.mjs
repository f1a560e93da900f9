// @ts-check
// A Node.js that runs TypeScript. On Linux an npm package brings Node.js, which is used before the system's.
import { NeedsAttention } from "../needs-attention.mjs";
import { probe } from "../run.mjs";
import { isAtLeast } from "./version.mjs";

const LEAST_VERSION = "22.18";

/** @type {import("./step.mjs").Step} */
export const node = {
  name: "node",
  needs: ["packages"],
  async run() {
    // The first `node` on PATH: npm's commands come before the system's.
    const { stdout, stderr } = await probe("node", ["--version"]);
    const version = stdout.trim();
    if (isAtLeast(version, LEAST_VERSION)) return `Node.js ${version}`;
    throw new NeedsAttention(
      version === "" ? `Node.js does not run: ${stderr.trim()}` : `Node.js ${version} is too old`,
      `Install Node.js ${LEAST_VERSION} or newer. (On Linux the npm package node-linux-${process.arch} brings Node.js, unless npm is told to omit optional packages.)`,
    );
  },
};
