import { z } from "zod";
import { scalar, serviceSchema } from "./service.ts";

/**
 * The top level of a Compose file (https://github.com/compose-spec/compose-spec/blob/main/03-compose-file.md), in the
 * canonical form. Like a service it is read strictly and has no defaults.
 */

const labels = z.record(z.string(), z.string());
/** Compose prints a key that has no attributes as `null` or `{}`. */
const attributes = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess((value) => value ?? {}, z.strictObject(shape).partial());

const networkSchema = attributes({
  /** Name on the engine; default `<project>_<key>`. */
  name: z.string(),
  driver: z.string(),
  driver_opts: z.record(z.string(), scalar),
  internal: z.boolean(),
  external: z.boolean(),
  attachable: z.boolean(),
  labels,
  ipam: z.strictObject({}),
});

const volumeSchema = attributes({
  /** Name on the engine; default `<project>_<key>`. */
  name: z.string(),
  driver: z.string(),
  driver_opts: z.record(z.string(), scalar),
  external: z.boolean(),
  labels,
});

const configSchema = attributes({
  name: z.string(),
  /** The file's content itself. */
  content: z.string(),
});

export const projectSchema = z
  .strictObject({
    services: z.record(z.string(), serviceSchema),
    networks: z.record(z.string(), networkSchema),
    volumes: z.record(z.string(), volumeSchema),
    configs: z.record(z.string(), configSchema),
  })
  .partial();

export type Network = z.infer<typeof networkSchema>;
export type Volume = z.infer<typeof volumeSchema>;
/** A whole Compose project or a part of one: several are laid over each other. */
export type Project = z.infer<typeof projectSchema>;
