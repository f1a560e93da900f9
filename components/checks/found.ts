import type { Mistake } from "../findings/mistake.ts";

/** Mistakes before it is known which file each stands in. */
export type Found = readonly Omit<Mistake, "file">[];
