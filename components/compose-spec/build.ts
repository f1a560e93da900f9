import { z } from "zod";
import {
  byteSize,
  joinedBy,
  labels,
  list,
  oneOrMore,
  text,
  ulimits,
  variables,
  withoutUnset,
} from "./values.ts";

/**
 * How a service's image is built (https://github.com/compose-spec/compose-spec/blob/main/build.md), as far as the
 * Docker provider can ask for it.
 */
const shape = {
  /** Path of the build context, relative to the project; default the project itself. */
  context: text.optional(),
  /** Path of the Dockerfile, relative to the context; default `Dockerfile`. */
  dockerfile: text.optional(),
  target: text.optional(),
  args: variables.optional(),
  labels: labels.optional(),
  network: text.optional(),
  extra_hosts: z.preprocess(joinedBy("="), list).optional(),
  cache_from: oneOrMore.optional(),
  cache_to: oneOrMore.optional(),
  additional_contexts: z.preprocess(joinedBy("="), list).optional(),
  no_cache: z.boolean().optional(),
  pull: z.boolean().optional(),
  shm_size: byteSize.optional(),
  ulimits: ulimits.optional(),
  tags: list.optional(),
  platforms: z.array(text).max(1, "write one platform: an engine loads an image of one").optional(),
};

export const build = z.preprocess(
  (value) => (typeof value === "string" ? { context: value } : withoutUnset([])(value)),
  z.strictObject(shape),
);

export type Build = z.infer<typeof build>;
