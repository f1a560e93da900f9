// @ts-check
// A browser for the tests of what people see in one: the page of `status --open`, and the picture of a comment.
import { probe } from "../run.mjs";
import { installPackage } from "./debian.mjs";

/** The names of Chromium and of the browsers that are made of it. */
const names = ["chromium", "chromium-browser", "google-chrome"];

/** @returns {Promise<string | undefined>} the program, where this machine has one */
export async function browserProgram() {
  for (const name of names) {
    if ((await probe(name, ["--version"])).code === 0) return name;
  }
  return undefined;
}

/** @type {import("./step.mjs").Step} */
export const browser = {
  name: "browser",
  // The installation of the engine brings lists of packages, and apt does one thing at a time.
  needs: ["engine"],
  async run({ progress }) {
    const present = await browserProgram();
    if (present !== undefined) return present;
    if (await installPackage("chromium", progress)) return "chromium";
    return "no Chromium here: the tests in a browser are not run";
  },
};
