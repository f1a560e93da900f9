import type { Compose } from "../fixture/compose-oracle/composes.ts";
import type { Observed } from "../fixture/compose-oracle/observe.ts";
import { throughCompose } from "../fixture/compose-oracle/through-compose.ts";
import { onTheEngine, type ParityProject } from "./projects.ts";

/** How many projects are brought up by Compose at a time. */
const atOnce = 3;

/** Brings each project up with Compose, looks at it, and takes it down. */
export async function allThroughCompose(
  compose: Compose,
  projects: readonly ParityProject[],
  say: (line: string) => void,
): Promise<Map<string, Observed>> {
  const observed = new Map<string, Observed>();
  const queue = [...projects];
  const work = async () => {
    for (let project = queue.shift(); project !== undefined; project = queue.shift()) {
      observed.set(project.name, await throughCompose(compose, onTheEngine(project)));
      if (observed.size % 10 === 0 || observed.size === projects.length) {
        say(`Compose ${compose.version}: ${observed.size} of ${projects.length} projects looked at`);
      }
    }
  };
  // None goes on behind the back of one that has failed.
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return observed;
}
