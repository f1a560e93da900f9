// This file is read by every Node.js, however old, so that an old one gets a sentence.
import { existsSync } from "node:fs";
import * as module from "node:module";

const least = "22.18";

/**
 * Starts a program of the package.
 *
 * @param {URL} sources The program's file where the sources lie beside this folder, in the package's repository.
 * @param {URL} built What was built from the sources, in the npm package.
 */
export function start(sources, built) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    process.stderr.write(
      `pulumi-compose needs Node.js ${least} or newer; this is Node.js ${process.versions.node} (${process.execPath}).\n`,
    );
    process.exitCode = 1;
    return;
  }
  // What has been compiled once, and TypeScript whose types have been stripped, is read the next time.
  module.enableCompileCache();
  void import((existsSync(sources) ? sources : built).href);
}
