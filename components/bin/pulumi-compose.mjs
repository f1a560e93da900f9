#!/usr/bin/env node
// Starts the command: its sources where they lie beside this file (in its repository), otherwise what was built from
// them (in the npm package). This file is read by every Node.js, however old, so that an old one gets a sentence.
import { existsSync } from "node:fs";
import * as module from "node:module";

const least = "22.18";
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);

if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
  process.stderr.write(
    `pulumi-compose needs Node.js ${least} or newer; this is Node.js ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 1;
} else {
  // What has been compiled once, and TypeScript whose types have been stripped, is read the next time.
  module.enableCompileCache();
  const sources = new URL("../cli/main.ts", import.meta.url);
  const built = new URL("../dist/cli/main.js", import.meta.url);
  void import((existsSync(sources) ? sources : built).href);
}
