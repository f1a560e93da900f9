import { lookOf, type Kind, type Thing } from "../engine/looks.ts";
import { readNotes, writeNotes } from "../local/notes.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./choose-stack.ts";
import { present, readState, type State, type StateResource } from "./stack-state.ts";

/*
 * A refresh asks the provider about every resource, and the provider waits two seconds for each network. So an `up` notes
 * how everything looks once all is well, and the next `up` refreshes what looks otherwise: nothing, as a rule.
 */

/** What the provider calls the kinds. */
const kinds: Readonly<Record<string, Kind>> = {
  "docker:index/container:Container": "container",
  "docker:index/network:Network": "network",
  "docker:index/volume:Volume": "volume",
  "docker:index/remoteImage:RemoteImage": "image",
};

/** At most so many questions to the engine at a time. */
const atATime = 16;

/** What does not look as the last `up` from this checkout left it. */
export interface Drifted {
  readonly urns: readonly string[];
  /** Whether a volume is gone. */
  readonly losesData: boolean;
}

/** Compares the state's resources with what was noted of them; what was not noted has drifted, too. */
export async function driftedIn(target: Target): Promise<Drifted> {
  const noted = readNotes<string>("looks", projectOf(target), target.program.directory);
  const looks = await looksOf(await readState(target));
  const drifted = looks.filter(({ key, look }) => look === undefined || noted[key] !== look);
  return {
    urns: drifted.map(({ urn }) => urn),
    losesData: drifted.some(({ key, look }) => look === undefined && key.startsWith("volume ")),
  };
}

/** Notes how everything looks, after an `up` that went well. */
export async function noteLooks(target: Target): Promise<void> {
  const looks = await looksOf(await readState(target));
  const notes = looks.flatMap(({ key, look }) => (look === undefined ? [] : [[key, look] as const]));
  writeNotes("looks", projectOf(target), Object.fromEntries(notes), target.program.directory);
}

function projectOf({ program, stack }: Target): string {
  return projectName(program.name, stack);
}

interface Look {
  readonly urn: string;
  /** Kind and key. */
  readonly key: string;
  readonly look: string | undefined;
}

async function looksOf(state: State | undefined): Promise<Look[]> {
  const things = present(state).flatMap((resource) => {
    const thing = thingOf(resource);
    return thing === undefined ? [] : [{ urn: resource.urn, thing }];
  });
  const looks: Look[] = [];
  while (things.length > 0) {
    const some = things.splice(0, atATime).map(async ({ urn, thing }) => {
      return { urn, key: `${thing.kind} ${thing.key}`, look: await lookOf(thing) };
    });
    looks.push(...(await Promise.all(some)));
  }
  return looks;
}

function thingOf({ type, id, inputs }: StateResource): Thing | undefined {
  const kind = kinds[type];
  const key = kind === "image" ? inputs?.name : id;
  return kind === undefined || typeof key !== "string" ? undefined : { kind, key };
}
