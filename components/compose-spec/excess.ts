/**
 * What no Compose project has, and what would exhaust whoever reads it: aliases of aliases of aliases, values that hold
 * themselves, thousands of levels.
 */
export interface Excess {
  /** Where it begins. */
  readonly path: readonly string[];
  readonly message: string;
  readonly fix: string;
}

const mostLevels = 100;
const mostParts = 200_000;
/** Keys of a path that are worth telling. */
const tellingKeys = 8;

/** What is too much of a value; `undefined` for a value that can be read. Takes no longer for what is written once and used often. */
export function excessIn(value: unknown): Excess | undefined {
  const measures = new Map<object, Measure>();
  const whole = measure(value, measures, 0);
  if (whole.levels === Infinity) {
    return {
      path: pathTo(value, (part) => measureOf(part, measures).levels === Infinity),
      message: `the value is nested deeper than ${mostLevels} levels, or holds itself`,
      fix: "write it flatter, and without an alias to what stands around it",
    };
  }
  if (whole.parts <= mostParts) return undefined;
  return {
    path: pathTo(value, (part) => measureOf(part, measures).parts > mostParts / 2),
    message: `the value has more than ${mostParts} parts, each alias counted with all that it stands for`,
    fix: "write less, or fewer aliases of aliases",
  };
}

interface Measure {
  /** How many values it has, itself among them. */
  readonly parts: number;
  /** How deep it is; infinitely deep counts what is deeper than anybody writes. */
  readonly levels: number;
}

const leaf: Measure = { parts: 1, levels: 0 };
const endless: Measure = { parts: 1, levels: Infinity };

function measure(value: unknown, measures: Map<object, Measure>, depth: number): Measure {
  const parts = partsOf(value);
  if (parts === undefined) return leaf;
  const known = measures.get(parts.of);
  if (known !== undefined) return known;
  if (depth > mostLevels) return endless;
  // What is found again before it is measured holds itself.
  measures.set(parts.of, endless);
  const inside = Object.values(parts.of).map((part) => measure(part, measures, depth + 1));
  const levels = inside.reduce((most, part) => Math.max(most, part.levels), 0) + 1;
  const measured = {
    parts: inside.reduce((sum, part) => sum + part.parts, 1),
    levels: levels > mostLevels ? Infinity : levels,
  };
  measures.set(parts.of, measured);
  return measured;
}

function measureOf(value: unknown, measures: ReadonlyMap<object, Measure>): Measure {
  const parts = partsOf(value);
  return parts === undefined ? leaf : (measures.get(parts.of) ?? endless);
}

/** Lists and mappings have parts; whatever else a program may have put in has none. */
function partsOf(value: unknown): { readonly of: object } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const isMapping = [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  return isMapping || Array.isArray(value) ? { of: value } : undefined;
}

/** The keys that lead as far as something is too much. A position in a list would tell a person nothing. */
function pathTo(value: unknown, isTooMuch: (part: unknown) => boolean): string[] {
  const path: string[] = [];
  let part = value;
  while (path.length < tellingKeys && !Array.isArray(part)) {
    const entry = Object.entries(partsOf(part)?.of ?? {}).find(([, inside]) => isTooMuch(inside));
    if (entry === undefined) break;
    path.push(entry[0]);
    part = entry[1];
  }
  return path;
}
