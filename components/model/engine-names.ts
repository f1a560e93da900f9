/** Networks or volumes with the names that they have on the engine. */
export function named<
  T extends { readonly name?: string | undefined; readonly external?: boolean | undefined },
>(parts: Readonly<Record<string, T>>, project: string): Record<string, T & { readonly name: string }> {
  return Object.fromEntries(
    Object.entries(parts).map(([key, part]) => [
      key,
      // Another project made it, under a name of its own.
      { ...part, name: part.name ?? (part.external ? key : `${project}_${key}`) },
    ]),
  );
}
