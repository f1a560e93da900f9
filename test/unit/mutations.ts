import fc from "fast-check";

/** What YAML can hold. */
export type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

/** Texts that short forms, paths, placeholders and the language itself could trip over. */
const texts = [
  ...[
    "",
    " ",
    ":",
    "::",
    "a:b:c:d",
    "/",
    "..",
    "./x:/y",
    "~/x:/y:ro",
    "data:/data",
    "app",
    "db",
    "job",
    "x-",
  ],
  ...[
    "0",
    "-1",
    "1.5",
    "08",
    "1e999",
    "NaN",
    "99999:1",
    "80:80",
    "8000-8010:8000-8010",
    "127.0.0.1::80",
    "[::1]:1:2/udp",
  ],
  ...[
    "10s",
    "1m30s",
    "-5s",
    "512M",
    "1.5g",
    "99999999t",
    "no",
    "always",
    "on-failure:3",
    "service_healthy",
    "NONE",
  ],
  ...[
    "${dbPassword}",
    "${dbPasword}",
    "${",
    "$$",
    "http://db:5432",
    "http://constructor/",
    "redis://:${dbPassword}@db",
  ],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "length"],
  ...["a=b=c", "=", "host=ip", "service:db", "container:x", "\u0000", "é\n→", "a".repeat(300)],
];

const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...texts) }, fc.string());
const number = fc.oneof(
  fc.constantFrom(0, -0, -1, 0.5, 1, 80, 65536, 1e21, NaN, Infinity),
  fc.integer(),
  fc.double(),
);
const leaf = fc.oneof(text, number, fc.boolean(), fc.constant(null));

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(text, tie("tree"), { maxKeys: 3 }),
  ),
}));

/** Anything that YAML can hold, made of what trips readers up. */
export const anything: fc.Arbitrary<Tree> = tree;

type Mutation = (parent: Tree[] | Record<string, Tree>, key: string) => void;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  anything.map((value): Mutation => (parent, key) => {
    put(parent, key, value);
  }),
  leaf.map((value): Mutation => (parent, key) => {
    put(parent, key, value);
  }),
  fc.constant<Mutation>((parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else Reflect.deleteProperty(parent, key);
  }),
  fc.tuple(text, anything).map(([name, value]): Mutation => (parent) => {
    put(parent, name, value);
  }),
  text.map((name): Mutation => (parent, key) => {
    put(parent, name, structuredClone((parent as Record<string, Tree>)[key] ?? null));
  }),
  fc.constant<Mutation>((parent, key) => {
    put(parent, key, [(parent as Record<string, Tree>)[key] ?? null]);
  }),
);

/** As JSON and YAML put it, so that `__proto__` is a key like any other. */
function put(parent: Tree[] | Record<string, Tree>, key: string, value: Tree): void {
  if (Array.isArray(parent)) parent.push(value);
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Where a mutation goes: fractions that choose a child at every depth, from the root down. */
const place = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 1,
  maxLength: 7,
});

/** The value with some things in it changed, wherever they are. */
export function mutated(value: Tree): fc.Arbitrary<Tree> {
  return fc.array(fc.tuple(place, mutation), { maxLength: 4 }).map((changes) => {
    const root = { value: structuredClone(value) };
    for (const [path, change] of changes) mutate(root, ["value"], path, change);
    return root.value;
  });
}

function mutate(
  parent: Tree[] | Record<string, Tree>,
  [key = ""]: readonly string[],
  [fraction, ...deeper]: readonly number[],
  change: Mutation,
): void {
  const value = (parent as Record<string, Tree>)[key];
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const next = keys[Math.floor((fraction ?? 0) * keys.length)];
  if (typeof value !== "object" || value === null || next === undefined || fraction === undefined) {
    change(parent, key);
  } else mutate(value, [next], deeper, change);
}
