import { rm } from "node:fs/promises";
import { endUpdate } from "../../components/cli/testing/take-down.ts";
import { endOfTest } from "../fixture/reaper.ts";
import { until } from "../fixture/until.ts";
import { clear, clearShared } from "./clear.ts";

/**
 * `node reap.ts <state folder>`: when the test is over, removes whatever it has left.
 */
const [, , stateFolder = ""] = process.argv;

await endOfTest();

try {
  const backend = `file://${stateFolder}`;
  await endUpdate({
    program: { name: "super-team-parity", directory: stateFolder, backend },
    stack: "dev",
  });
  // A Compose that the dead test had started may still be making something.
  let emptySince = Date.now();
  await until("nothing is left on the engine", async () => {
    if (!(await clear())) emptySince = Date.now();
    return Date.now() - emptySince > 1000;
  });
} finally {
  await clearShared();
  await rm(stateFolder, { recursive: true, force: true });
}
