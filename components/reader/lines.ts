import { load, type EventType, type State } from "js-yaml";
import { writtenSchema } from "./written-yaml.ts";

/** The keys of a mapping, each with its line and, where its value is a mapping as well, the keys of that. */
type Keys = ReadonlyMap<string, { readonly line: number; readonly keys: Keys }>;

/** Where a dotted path leads to in a YAML file. */
export interface Place {
  /** How many keys of the path the file has. */
  readonly depth: number;
  /** The line of the last of them, counting from 1. */
  readonly line: number;
}

/**
 * Reads the text of a YAML file, to find dotted paths in it: the deepest key that the file has. A position in a list ends
 * the search, since a list can stand in another order in the whole stack.
 *
 * In a stack's file a path counts from `config`, whose keys begin with the name of the program: `shop:services`.
 */
export function placesIn(text: string): (path: string) => Place | undefined {
  const keys = keysOf(text);
  const config = keys.get("config")?.keys ?? new Map<string, never>();
  const unprefixed = [...config].map(([key, value]) => [key.replace(/^[^:]*:/, ""), value] as const);
  const roots = [keys, config, new Map(unprefixed)];
  return (path) => roots.map((root) => descend(root, path.split("."))).find((place) => place !== undefined);
}

function descend(keys: Keys, names: readonly string[]): Place | undefined {
  // A key may have dots of its own (`labels.traefik.enable`): the longest that is there wins.
  for (let length = names.length; length > 0; length -= 1) {
    const found = keys.get(names.slice(0, length).join("."));
    if (found === undefined) continue;
    const deeper = descend(found.keys, names.slice(length));
    return deeper === undefined
      ? { depth: length, line: found.line }
      : { depth: length + deeper.depth, line: deeper.line };
  }
  return undefined;
}

interface Node {
  readonly line: number;
  readonly parts: Node[];
  kind?: string | null;
  value?: unknown;
}

/** The keys of a text, by what js-yaml tells while it reads; none of a text that it cannot read. */
function keysOf(text: string): Keys {
  const root: Node = { line: 1, parts: [] };
  const open = [root];
  const listener = (event: EventType, { line, kind, result }: State) => {
    if (event === "open") {
      open.push({ line: line + 1, parts: [] });
      return;
    }
    const node = open.pop();
    if (node !== undefined) open.at(-1)?.parts.push(Object.assign(node, { kind, value: result as unknown }));
  };
  try {
    load(text, { schema: writtenSchema, listener });
  } catch {
    return new Map();
  }
  return keysIn(root.parts[0]);
}

function keysIn(node: Node | undefined): Keys {
  const parts = node?.kind === "mapping" ? node.parts : [];
  const entries = parts.flatMap((key, index) =>
    index % 2 === 1 ? [] : [[String(key.value), { line: key.line, keys: keysIn(parts[index + 1]) }] as const],
  );
  return new Map(entries);
}
