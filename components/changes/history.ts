import type { Model } from "../model/model.ts";
import type { Plan } from "../plan/plan.ts";

/** An update that came to its end and changed something, as it is kept with the stack's state. */
export interface Update {
  /** Counts from 1. */
  readonly number: number;
  /** When it ended, as ISO 8601 has it. */
  readonly at: string;
  /** The person, by the name in Git's config, else by that of the account. */
  readonly by: string;
  /** Host name of the machine. */
  readonly on: string;
  /** The commit that was checked out; `3f2a9c1 with changes` where files differed from it. Absent outside of Git. */
  readonly commit?: string;
  /** The update whose definitions were brought up again. */
  readonly rollbackTo?: number;
  /** What it changed: a verdict, then a sentence a line. */
  readonly said: readonly string[];
}

/** What a stack was defined as at an update: enough to bring that up again. Placeholders stand for secrets. */
export interface EarlierDefinitions {
  readonly model: Pick<
    Model,
    "services" | "networks" | "volumes" | "configs" | "secretFiles" | "tiers" | "gateway"
  >;
  /** Hash of what a service's image was built from, by service. */
  readonly buildHashes: Readonly<Record<string, string>>;
  /** What the containers ran, by service. */
  readonly images: Readonly<Record<string, EarlierImage>>;
}

export interface EarlierImage {
  readonly reference: string;
  readonly id: string;
  /** By which a registry has the image: `redis@sha256:…`. Absent for one that no registry has. */
  readonly digest?: string;
}

/** The updates of a project and, by their numbers, the definitions of those that can be brought up again. */
export interface History {
  readonly updates: readonly Update[];
  readonly definitions: Readonly<Record<number, EarlierDefinitions>>;
}

/** How many updates are kept. */
const most = 10;

/** The history with one more update, and without what is too long ago. */
export function withUpdate(
  { updates, definitions }: History,
  update: Omit<Update, "number">,
  own: EarlierDefinitions,
): History {
  const number = (updates.at(-1)?.number ?? 0) + 1;
  const kept = [...updates, { number, ...update }].slice(-most);
  const all: History["definitions"] = { ...definitions, [number]: own };
  return {
    updates: kept,
    definitions: Object.fromEntries(
      kept.flatMap((each): [number, EarlierDefinitions][] => {
        const its = all[each.number];
        return its === undefined ? [] : [[each.number, its]];
      }),
    ),
  };
}

/** The number of the update whose definitions a stack has now; `undefined` where none is kept. */
export function presentNumber(updates: readonly Update[]): number | undefined {
  const last = updates.at(-1);
  return last?.rollbackTo ?? last?.number;
}

/** The number of the update before the one whose definitions a stack has now. */
export function numberBefore(updates: readonly Update[]): number | undefined {
  const present = presentNumber(updates);
  if (present === undefined) return undefined;
  return updates.findLast(({ number, rollbackTo }) => number < present && rollbackTo === undefined)?.number;
}

/**
 * What a stack is defined as now. Of services that an update has left alone, that is what they were defined as before.
 *
 * @param before The definitions at the update before, if they are kept.
 */
export function definitionsNow(
  now: EarlierDefinitions,
  { leftAlone = [] }: Plan,
  before: EarlierDefinitions | undefined,
): EarlierDefinitions {
  if (leftAlone.length === 0 || before === undefined) return now;
  const names = leftAlone.map(({ name }) => name);
  const of = <T>(present: Readonly<Record<string, T>>, earlier: Readonly<Record<string, T>>) => {
    const others = Object.entries(present).filter(([name]) => !names.includes(name));
    const stay = Object.entries(earlier).filter(([name]) => names.includes(name));
    return Object.fromEntries([...others, ...stay]);
  };
  return {
    model: { ...now.model, services: of(now.model.services, before.model.services) },
    buildHashes: of(now.buildHashes, before.buildHashes),
    images: of(now.images, before.images),
  };
}
