import { createHash } from "node:crypto";

/** Changes with anything in a definition, but not with the order of its keys. */
export function revisionOf(definition: unknown): string {
  const text = JSON.stringify(definition, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("hex");
}
