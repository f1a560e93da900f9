import { z } from "zod";
import { serviceSchema } from "./service.ts";
import { labels, scalar, text, withoutUnset } from "./values.ts";
import { own } from "./own.ts";

/**
 * The top level of a Compose file (https://github.com/compose-spec/compose-spec/blob/main/03-compose-file.md), in the
 * canonical form. Like a service it is read strictly and has no defaults.
 */

/** Compose prints a key that has no attributes as `null` or `{}`. */
const attributes = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => withoutUnset([])(value ?? {}), z.strictObject(shape).partial());

const subnet = z.strictObject({
  subnet: text.optional(),
  gateway: text.optional(),
  ip_range: text.optional(),
  aux_addresses: labels.optional(),
});

const networkSchema = attributes({
  /** Name on the engine; default `<project>_<key>`. */
  name: text,
  driver: text,
  driver_opts: z.record(z.string(), scalar),
  internal: z.boolean(),
  external: z.boolean(),
  attachable: z.boolean(),
  enable_ipv6: z.boolean(),
  labels,
  ipam: z.preprocess(
    withoutUnset([]),
    z.strictObject({
      driver: text.optional(),
      config: z.array(subnet).optional(),
      options: labels.optional(),
    }),
  ),
});

const volumeSchema = attributes({
  /** Name on the engine; default `<project>_<key>`. */
  name: text,
  driver: text,
  driver_opts: z.record(z.string(), scalar),
  external: z.boolean(),
  labels,
});

/** A config or a secret: a file that services get into their containers. */
const fileSchema = attributes({
  name: text,
  /** A file on the host, relative to the project; services get it by a read-only mount. */
  file: text,
  /** The file's content itself. */
  content: text,
  /** The variable that has the content; reading Compose files puts the content in its place. */
  environment: text,
  external: z.boolean(),
  labels,
});

export const definitionsSchema = z
  .strictObject({
    services: z.record(z.string(), serviceSchema),
    networks: z.record(z.string(), networkSchema),
    volumes: z.record(z.string(), volumeSchema),
    configs: z.record(z.string(), fileSchema),
    secrets: z.record(z.string(), fileSchema),
  })
  .partial();

export type Network = z.infer<typeof networkSchema>;
export type Volume = z.infer<typeof volumeSchema>;
export type File = z.infer<typeof fileSchema>;
/** A whole Compose project or a part of one: several are laid over each other. */
export type Definitions = z.infer<typeof definitionsSchema>;

/**
 * Puts the values of variables in place of their names in configs and secrets (`environment: DB_PASSWORD`).
 *
 * @param variables What the project's files are interpolated with; secrets among them as placeholders.
 * @returns The project; a file whose variable is not set keeps its name, for the checks to find.
 */
export function withVariables(
  definitions: Definitions,
  variables: Readonly<Record<string, string | undefined>>,
): Definitions {
  const filled = (files: Readonly<Record<string, File>> = {}) =>
    Object.fromEntries(
      Object.entries(files).map(([name, { environment, ...file }]) => {
        const content = environment === undefined ? undefined : own(variables, environment);
        if (content !== undefined) return [name, { ...file, content }];
        return [name, environment === undefined ? file : { ...file, environment }];
      }),
    );
  return {
    ...definitions,
    ...(definitions.configs === undefined ? {} : { configs: filled(definitions.configs) }),
    ...(definitions.secrets === undefined ? {} : { secrets: filled(definitions.secrets) }),
  };
}
