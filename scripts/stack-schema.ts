import { z } from "zod";
import { shortFormOf } from "../components/compose-spec/short-form.ts";
import { stackKeysSchema } from "../components/stack-keys.ts";
import { sentencesOf } from "./compose-keys.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The file that the package ships, and that a stack's file names in its first line. */
export const stackSchemaFile = new URL("../components/pulumi-stack.schema.json", import.meta.url);

/**
 * The JSON Schema of `Pulumi.<stack>.yaml`: the package's keys under any program's name. Other keys of stack config, such as
 * a program's own and secrets, may be anything.
 */
function stackSchema(): JsonSchema {
  const { properties = {}, $schema } = jsonSchemaOf(stackKeysSchema);
  describe({ properties }, "", sentencesOf("stack-keys.ts", "StackKeys"));
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: "A stack of a pulumi-compose program",
    type: "object",
    properties: {
      config: {
        type: "object",
        patternProperties: Object.fromEntries(
          Object.entries(properties).map(([key, schema]) => [`^[^:]+:${key}$`, schema]),
        ),
      },
      secretsprovider: { type: "string" },
      encryptedkey: { type: "string" },
      encryptionsalt: { type: "string" },
    },
  };
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // Compose takes other tools' keys wherever it takes its own.
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { "^x-": {} };
      const short = shortFormOf(zodSchema);
      if (short === undefined) return;
      const canonical = { ...jsonSchema };
      const shortSchema = jsonSchemaOf(short);
      delete shortSchema.$schema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      jsonSchema.anyOf = [shortSchema, canonical];
    },
  });
}

/** Puts the sentence of each key into the schema. Entries of lists and of mappings have `*` for a key. */
function describe(schema: JsonSchema, path: string, sentences: ReadonlyMap<string, string>): void {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (typeof value === "boolean") continue;
    const sentence = sentences.get(`${path}${key}`);
    if (sentence !== undefined && sentence !== "") value.description = sentence;
    describe(value, `${path}${key}.`, sentences);
  }
  for (const entries of [schema.items, schema.additionalProperties]) {
    if (typeof entries === "object" && !Array.isArray(entries)) describe(entries, `${path}*.`, sentences);
  }
  for (const part of schema.anyOf ?? []) if (typeof part === "object") describe(part, path, sentences);
}

/** The schema as the package has it. */
export function stackSchemaText(): string {
  return `${JSON.stringify(stackSchema())}\n`;
}
