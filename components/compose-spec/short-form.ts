import { z } from "zod";

const shortForms = new WeakMap<object, z.ZodType>();

/**
 * A schema that takes a short form as well and makes it canonical. The type of its input has both forms.
 *
 * @param lengthen Turns a short form into the canonical form, and leaves everything else as it is.
 */
export function orShort<Schema extends z.ZodType, Short extends z.ZodType>(
  schema: Schema,
  short: Short,
  lengthen: (value: unknown) => unknown,
) {
  const both = z.preprocess<unknown, Schema, z.input<Schema> | z.input<Short>>(lengthen, schema);
  shortForms.set(both, short);
  return both;
}

/** The short form of a schema, for whoever describes the schema: the JSON Schema of a stack's file does. */
export function shortFormOf(schema: object): z.ZodType | undefined {
  return shortForms.get(schema);
}
