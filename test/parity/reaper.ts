import { rm } from "node:fs/promises";
import { isAlive, stackLocks } from "../../components/cli/stack-locks.ts";
import { until } from "../fixture/until.ts";
import { clear, clearShared } from "./clear.ts";

/**
 * `node reaper.ts <state folder>`: waits until its standard input ends, which is when the test that started it is over
 * or dead, and removes whatever it has left.
 */
const [, , stateFolder = ""] = process.argv;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once("end", resolve));

try {
  await endPulumi();
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

/** A `pulumi` that the dead test had started is still at work: it would make anew what is removed here. */
async function endPulumi(): Promise<void> {
  process.env.PULUMI_BACKEND_URL = `file://${stateFolder}`;
  const locks = await stackLocks({ name: "super-team-parity", directory: stateFolder }, "dev");
  const holders = locks?.flatMap(({ holder }) => (holder === undefined ? [] : [holder])) ?? [];
  for (const pid of holders) process.kill(pid, "SIGTERM");
  await until("the suite's pulumi ends", () => Promise.resolve(!holders.some(isAlive)));
}
