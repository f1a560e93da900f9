import {
  containersOf,
  networksOf,
  removeContainerButNotVolumes,
  removeNetwork,
} from "../engine/inventory.ts";
import { messageOf } from "../engine/engine.ts";
import { knownTo } from "../local/stack-state.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { mustConfirm } from "./init/terminal.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { readState } from "./stack-state.ts";

/**
 * Removes what the engine has of a stack that the stack's state does not know, so that an update can make it anew: the
 * state that knew it is another checkout's, or was lost. What Compose made stays, and so does every volume.
 *
 * @param asks Whether a person is asked first.
 * @throws NeedsAttention where the answer is no.
 */
export async function takeOver(target: Target, asks: boolean): Promise<void> {
  const { program, stack } = target;
  const project = projectName(program.name, stack);
  // The engine first: what an update of this very state makes meanwhile is in the state when that is read.
  const [containers, networks] = await Promise.all([containersOf(project), networksOf(project)]);
  const known = knownTo((await readState(target))?.deployment ?? {});
  const named = containers.map(({ Id: id, Names: [name = ""] }) => ({ id, name: name.slice(1) }));
  const unknown = {
    containers: named.filter(({ id, name }) => !known.containers.has(id) && !known.containers.has(name)),
    networks: networks.filter(({ name }) => !known.networks.has(name)),
  };
  const names = [...unknown.containers, ...unknown.networks].map(({ name }) => name).sort();
  if (names.length === 0) return;
  if (asks) {
    await mustConfirm(
      `Remove ${names.join(", ")}, which this state does not know? Volumes are kept.`,
      "Without --take-over nothing is removed. Name the backend that has the stack's state: PULUMI_BACKEND_URL.",
    );
  }
  await Promise.all(unknown.containers.map(({ id }) => removeContainerButNotVolumes(id)));
  for (const { id, name } of unknown.networks) await remove(id, name);
  console.log(`Removed, to be made anew: ${names.join(", ")}. Every volume is kept.`);
}

/** Containers of others may have joined the network. */
async function remove(id: string, name: string): Promise<void> {
  try {
    await removeNetwork(id);
  } catch (error) {
    throw new NeedsAttention(
      `the network ${name} cannot be removed: ${messageOf(error)}`,
      `Take the containers of others out of the network first: docker network inspect ${name}`,
    );
  }
}
