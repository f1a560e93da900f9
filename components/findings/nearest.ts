import leven from "leven";

/**
 * The known name a misspelt one most likely means.
 *
 * @returns `undefined` when nothing is near enough (more than a third of the letters differ).
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = leven(name.toLowerCase(), candidate.toLowerCase());
    if (distance < (best?.distance ?? Infinity)) best = { name: candidate, distance };
  }
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? best.name : undefined;
}

/** "did you mean …?" when something is near, otherwise the list of what is known. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return known.length === 0 ? "there are none" : `write one of: ${known.join(", ")}`;
}
