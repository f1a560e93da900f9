import { z } from "zod";
import { orShort } from "./short-form.ts";
import { isBytes, isDuration } from "./units.ts";

/** Values as Compose writes them; the short forms people write become the canonical ones. */

export const text = z.string();
/** What YAML may have taken for a number or a boolean, and Compose means as text. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
export const integer = z
  .union([z.number(), z.string()])
  .transform(Number)
  .refine(Number.isSafeInteger, "write a whole number");
export const count = integer.refine((value) => value >= 0, "write a whole number, 0 or more");
/** How many containers a service may have. A network of the engine has room for 1023. */
const mostReplicas = 1000;
export const replicaCount = count.refine(
  (value) => value <= mostReplicas,
  `write ${mostReplicas} or fewer: a network of the engine has room for 1023 containers`,
);
export const duration = z.string().refine(isDuration, "write a duration such as 10s, 1m30s or 250ms");
export const byteSize = z
  .union([z.string(), z.number()])
  .refine(isBytes, "write a byte size such as 512M, 1g or a number of bytes");
export const cpuCount = z
  .union([z.number(), z.string()])
  .transform(Number)
  .refine((value) => value > 0 && value < 2 ** 33, "write a number of CPUs, such as 0.5");
export const list = z.array(scalar);
export const oneOrMore = orShort(list, text, (value) => (typeof value === "string" ? [value] : value));
export const argv = z.array(scalar, "write a list of words, such as [redis-server, --appendonly, yes]");

/**
 * A file's mode, canonically as octal text (`"0440"`). A number is the mode itself: YAML has read an octal one, and
 * Compose 2 prints it in decimal.
 */
export const fileMode = z
  .union([z.number().int().min(0).max(0o7777), z.string()])
  .transform((mode) => (typeof mode === "number" ? `0${mode.toString(8)}` : mode.replace(/^0?o?/, "0")))
  .refine((mode) => /^0[0-7]{1,4}$/.test(mode), 'write an octal mode as text, such as "0440"');

/** What a short form is made of; anything else is left for the schema to refuse. */
function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** `[A=1, B]` and `{A: 1, B: null}` say the same; the mapping is canonical. */
export function keyedBy(separator: string) {
  return (value: unknown): unknown => {
    if (!Array.isArray(value) || !value.every(isScalar)) return value;
    return Object.fromEntries(
      value.map((entry) => {
        const [key, ...rest] = String(entry).split(separator);
        return [key, rest.length === 0 ? null : rest.join(separator)];
      }),
    );
  };
}

/** `{a: 1}` as the list `[a=1]`, where the list is canonical. */
export function joinedBy(separator: string) {
  return (value: unknown): unknown =>
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every(isScalar) &&
    !Array.isArray(value)
      ? Object.entries(value).map(([key, entry]) => `${key}${separator}${String(entry)}`)
      : value;
}

/** `[a, b]` as a mapping whose values are all the same. */
export function namesTo(value: unknown): (names: unknown) => unknown {
  return (names) =>
    Array.isArray(names) && names.every(isScalar)
      ? Object.fromEntries(names.map((name) => [String(name), value]))
      : names;
}

/** `{A: 1, B: null}`, where what is not set is told apart from what is empty. */
export const variables = orShort(z.record(text, scalar.nullable()), list, keyedBy("="));

/** A mapping of texts, or a list of `key=value`; a key without a value has an empty one. */
export const labels = orShort(
  z.record(
    text,
    scalar.nullable().transform((value) => value ?? ""),
  ),
  list,
  keyedBy("="),
);

/** Compose takes other tools' extension keys (`x-owner`) at any depth, and so they are passed over here. */
export function extensible<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess<unknown, Schema, z.input<Schema>>(withoutExtensions, schema);
}

/**
 * An object that has keys of Compose, and extension keys beside them.
 *
 * @param error What to write in place of a value that is no such object.
 */
export function keys<Shape extends z.ZodRawShape>(shape: Shape, error?: string) {
  return extensible(z.strictObject(shape, error));
}

export const ulimits = z.record(
  text,
  z.union([
    z.number(),
    keys({
      /** Limit that the process can raise itself, up to the hard one. */
      soft: z.number(),
      /** Limit that the process cannot raise. */
      hard: z.number(),
    }),
  ]),
);

/**
 * A mapping of Compose, without what Compose prints and means nothing by: unset keys (`command: null`) and other tools'
 * extension keys.
 *
 * @param known Extension keys of this package.
 */
export function mapping<Schema extends z.ZodType>(schema: Schema, known: readonly string[] = []) {
  return z.preprocess<unknown, Schema, z.input<Schema>>((value) => withoutUnset(value, known), schema);
}

function withoutExtensions(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (!names.some((name) => name.startsWith("x-"))) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith("x-")));
}

/** The value without its unset keys, and without extension keys that this package does not know. */
export function withoutUnset(value: unknown, known: readonly string[] = []): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([key, entry]) => entry !== null && (!key.startsWith("x-") || known.includes(key)),
    ),
  );
}
