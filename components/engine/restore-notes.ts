import { restoreLabel } from "../plan/package-names.ts";
import { nameWithHash, shortHash } from "../plan/swarm.ts";
import { engine } from "./engine.ts";

/** Tells each manager of a swarm which volumes of its nodes are being filled, or may have a part of their data. */
export interface RestoreNotes {
  /** @returns Whether there was no note of the volume yet. */
  put(volume: string): Promise<boolean>;
  remove(volume: string): Promise<void>;
}

/**
 * The notes of the swarm whose manager this process works on now, wherever it works later. A manager sees no volume of another
 * node, so that each note is a config of the swarm.
 */
export function restoreNotes(): RestoreNotes {
  const manager = engine;
  const notesOf = async (volume: string) => {
    const filters = { label: [`${restoreLabel}=${volume}`] };
    return (await manager.listConfigs({ filters })) as readonly { readonly ID: string }[];
  };
  return {
    async put(volume) {
      if ((await notesOf(volume)).length > 0) return false;
      await manager.createConfig({
        Name: nameWithHash("restore", volume, shortHash(volume)),
        Labels: { [restoreLabel]: volume },
        Data: Buffer.from(`A restore fills ${volume}.\n`).toString("base64"),
      });
      return true;
    },
    async remove(volume) {
      for (const { ID: id } of await notesOf(volume)) await manager.getConfig(id).remove();
    },
  };
}
