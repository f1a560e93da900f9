import { lookOf, type Kind, type Thing } from "../engine/looks.ts";
import { readNotes, writeNotes } from "../local/notes.ts";
import { networkTypes } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { present, readState, type State, type StateResource } from "./stack-state.ts";
import { noteOfState } from "./unchanged.ts";

/*
 * A refresh asks a provider about every resource. So an `up` notes how everything looks once all is well, and the next `up`
 * refreshes what looks otherwise: nothing, as a rule.
 */

/** The kinds by their types in the state. */
const kinds: Readonly<Record<string, Kind>> = {
  "docker:index/container:Container": "container",
  ...Object.fromEntries(networkTypes.map((type) => [type, "network"])),
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
  const drifted = (await seenIn(target, await readState(target))).filter(({ is }) => is !== "same");
  return {
    urns: drifted.map(({ urn }) => urn),
    losesData: drifted.some(({ kind, is }) => is === "gone" && kind === "volume"),
  };
}

/** A resource of the state beside what the last `up` from this checkout has noted of it. */
export interface Seen extends Thing {
  readonly urn: string;
  /** What the engine calls it. */
  readonly name: string;
  /** `unknown` where nothing was noted: another checkout has made it, or an update by Pulumi alone. */
  readonly is: "same" | "changed" | "gone" | "unknown";
}

/** How everything that a state has looks by now. */
export async function seenIn(target: Target, state: State | undefined): Promise<Seen[]> {
  const noted = readNotes<string>("looks", projectOf(target), target.program.directory);
  return (await looksOf(state)).map(({ look, ...thing }) => {
    if (look === undefined) return { ...thing, is: "gone" };
    const note = noted[noteOf(thing)];
    if (note === undefined) return { ...thing, is: "unknown" };
    return { ...thing, is: note === look ? "same" : "changed" };
  });
}

/** Notes how everything looks, after an `up` that went well. @returns What the next look would find now. */
export async function noteLooks(target: Target, state: State | undefined): Promise<Seen[]> {
  const looks = await looksOf(state);
  const notes = looks.flatMap(({ look, ...thing }) =>
    look === undefined ? [] : [[noteOf(thing), look] as const],
  );
  const all = { ...Object.fromEntries(notes), ...noteOfState(target) };
  writeNotes("looks", projectOf(target), all, target.program.directory);
  return looks.map(({ look, ...thing }) => ({ ...thing, is: look === undefined ? "gone" : "same" }));
}

function projectOf({ program, stack }: Target): string {
  return projectName(program.name, stack);
}

/** Under what the look of a thing is noted. */
function noteOf({ kind, key }: Thing): string {
  return `${kind} ${key}`;
}

interface Look extends Thing {
  readonly urn: string;
  readonly name: string;
  readonly look: string | undefined;
}

async function looksOf(state: State | undefined): Promise<Look[]> {
  const things = present(state).flatMap((resource) => {
    const thing = thingOf(resource);
    const { urn, inputs } = resource;
    const name = inputs?.name;
    return thing === undefined ? [] : [{ urn, thing, name: typeof name === "string" ? name : thing.key }];
  });
  const looks: Look[] = [];
  while (things.length > 0) {
    const some = things.splice(0, atATime).map(async ({ urn, thing, name }) => {
      return { ...thing, urn, name, look: await lookOf(thing) };
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
