import type { HandOver, Taker } from "../plan/hand-over.ts";
import { nameAside } from "../plan/name-aside.ts";
import { engine } from "./engine.ts";
import { ignore, inspectContainer } from "./inventory.ts";

/** What one container takes from others before it starts, and what giving that back takes. */
export interface Taken {
  readonly to: Taker;
  readonly holders: readonly Holder[];
}

interface Holder {
  readonly id: string;
  /** Its name, where the taker is to have that. */
  readonly name?: string;
  readonly ran: boolean;
}

/** What hand-overs to one container will take, as the holders are now. */
export async function takenBy(to: Taker, handOvers: readonly HandOver[]): Promise<Taken> {
  const ids = [...new Set(handOvers.map(({ holder }) => holder.id))];
  const holders = await Promise.all(
    ids.map(async (id) => {
      const ran = (await inspectContainer(id))?.State.Running === true;
      const named = handOvers.find(({ holder, isName }) => holder.id === id && isName);
      return { id, ran, ...(named === undefined ? {} : { name: named.holder.name }) };
    }),
  );
  return { to, holders };
}

/** Renames the holders whose name goes, which the new container needs to be made. Pulumi may be removing them. */
export async function takeNames(taken: Taken): Promise<void> {
  const { holders } = taken;
  await Promise.all(
    holders.map(async ({ id, name }) => {
      if (name !== undefined) await rename(id, nameAside(name, id)).catch(ignore(404));
    }),
  );
  // What was made under the name before, and had to give it back.
  const names = holders.flatMap(({ name }) => name ?? []);
  for (const container of await takersOf(taken)) {
    const name = names.find((other) => nameAside(other, container.id) === container.name);
    if (name !== undefined) await rename(container.id, name).catch(ignore(404));
  }
}

/** Stops the holders: the new container needs what they have to start. */
export async function stopHolders({ holders }: Taken): Promise<void> {
  await Promise.all(holders.map(({ id }) => stop(id)));
}

/** Attempts to give back, while the provider may be making the container that is to have everything. */
const attempts = 5;

/**
 * Stops the container that was to have everything, and gives it back to the holders that are still there.
 *
 * @returns Ids of those.
 * @throws Error where the engine cannot start a holder.
 */
export async function giveBack(taken: Taken): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const present = await stillThere(taken.holders);
      if (present.length === 0) return [];
      for (const container of await takersOf(taken)) {
        await stop(container.id);
        const { id, name } = container;
        if (present.some((holder) => holder.name === name)) await rename(id, nameAside(name, id));
      }
      for (const { id, name, ran, calledNow } of present) {
        if (name !== undefined && name !== calledNow) await rename(id, name);
        if (ran) await engine.getContainer(id).start().catch(ignore(304));
      }
      return present.map(({ id }) => id);
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

/** The holders that Pulumi has not removed, and is not removing. */
async function stillThere(holders: readonly Holder[]) {
  const found = await Promise.all(
    holders.map(async (holder) => {
      const { State: state, Name: name = "" } = (await inspectContainer(holder.id)) ?? {};
      const isThere = ["created", "running", "exited"].includes(state?.Status ?? "");
      return isThere ? [{ ...holder, calledNow: name.slice(1) }] : [];
    }),
  );
  return found.flat();
}

async function stop(id: string): Promise<void> {
  await engine
    .getContainer(id)
    .stop()
    .catch(ignore(304, 404, 409));
}

async function rename(id: string, name: string): Promise<void> {
  await engine.getContainer(id).rename({ name });
}

/** The containers that were made to have everything. A holder may be one from before, of the same definition. */
async function takersOf({ to: { project, service, number, revision }, holders }: Taken) {
  const label = [`project=${project}`, `service=${service}`, `container-number=${number}`];
  const filters = { label: label.map((entry) => `com.docker.compose.${entry}`) };
  const found = await engine.listContainers({ all: true, filters });
  return found.flatMap(({ Id: id, Names: [name = ""], Labels: labels }) => {
    const isMeant = labels["com.docker.compose.config-hash"]?.startsWith(revision) === true;
    return isMeant && holders.every((holder) => holder.id !== id) ? [{ id, name: name.slice(1) }] : [];
  });
}
