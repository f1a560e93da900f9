import { DEFAULT_SCHEMA, Type } from "js-yaml";

/** Compose's own tags, which say nothing of what stands where. */
const tags = (["scalar", "sequence", "mapping"] as const).flatMap((kind) =>
  ["!reset", "!override"].map((tag) => new Type(tag, { kind })),
);

/** Compose files as people write them. */
export const writtenSchema = DEFAULT_SCHEMA.extend(tags);
