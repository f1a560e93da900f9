import { partsInSwarm } from "../engine/swarm-parts.ts";
import { projectLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { readState, servicesIn } from "./stack-state.ts";

/**
 * Updates or destroys a stack in a swarm, and goes on where only the removal of a service has failed. The Docker provider
 * waits for the containers on its manager, no longer than their `stop_grace_period`. A swarm asks them to end two seconds
 * later. So a container that takes its time is an error to the provider, though the service is gone.
 *
 * @param run Runs Pulumi; the second time without a question. @returns Pulumi's exit code.
 */
export async function goingOn(
  target: Target,
  run: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  // What somebody removed by hand is no reason to go on.
  const known = new Set(Object.keys(await goneServices(target)));
  let code = await run([]);
  while (code !== 0) {
    const gone = Object.entries(await goneServices(target)).filter(([id]) => !known.has(id));
    if (gone.length === 0) break;
    for (const [id] of gone) known.add(id);
    const names = gone.map(([, name]) => name).join(", ");
    console.log(`Removed: ${names}, though containers took all of their stop_grace_period. It goes on.`);
    code = await run(["--yes", "--skip-preview", "--refresh"]);
  }
  return code;
}

/** The names of the services that the stack's state has, and the swarm has not, by their ids. */
async function goneServices(target: Target): Promise<Readonly<Record<string, string>>> {
  const { program, stack } = target;
  const label = `${projectLabel}=${projectName(program.name, stack)}`;
  const known = servicesIn(await readState(target));
  const there = await partsInSwarm("service", label).catch(() => undefined);
  if (there === undefined) return {};
  const ids = new Set(there.map(({ id }) => id));
  return Object.fromEntries(
    known.flatMap(({ id, service }) => (id === undefined || ids.has(id) ? [] : [[id, service]])),
  );
}
