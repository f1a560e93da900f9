import { createServer } from "node:net";
import { firstCandidate } from "./ports.ts";

/**
 * A host port for each of those wanted, that nobody on this machine listens on.
 *
 * @param wanted Host ports that another stack has.
 * @param taken Further ones that are spoken for.
 */
export async function freePorts(wanted: readonly number[], taken: readonly number[]): Promise<number[]> {
  const used = new Set(taken);
  const chosen: number[] = [];
  for (const port of wanted) {
    let candidate = firstCandidate(port);
    while (used.has(candidate) || !(await isFree(candidate)))
      candidate = candidate < 65_535 ? candidate + 1 : 1024;
    used.add(candidate);
    chosen.push(candidate);
  }
  return chosen;
}

/** On every address: a stack may publish on any of them. */
function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
