// @ts-check
// npm run up [-- <options of pulumi-compose up>]: set-up, then `pulumi-compose up --yes`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { environment } from "./environment.mjs";
import { exitWith } from "./exit-code.mjs";
import { repositoryRoot } from "./paths.mjs";
import { calledIn, imagesFor, setUp } from "./setup.mjs";

await exitWith(async () => {
  const args = process.argv.slice(2);
  if (!(await setUp(imagesFor(args)))) return 1;

  const command = join(repositoryRoot, "components", "bin", "pulumi-compose.mjs");
  const child = spawn("node", [command, "up", "--yes", ...args], {
    cwd: calledIn,
    env: environment(),
    stdio: "inherit",
  });
  // The command passes each signal on to Pulumi once, however often it gets the signal.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
});
