import type { Service } from "../compose-spec/service.ts";
import { mistake, type Finding } from "../findings/finding.ts";

/** What the engine keeps, and gives to no process. */
const keptOnly: readonly string[] = ["labels", "annotations", "develop"];

/** A mistake for every text that no process can be given, and for every variable whose name is none. */
export function characters(service: Service): Finding[] {
  const given = Object.entries(service).filter(([key]) => !keptOnly.includes(key));
  return [
    ...given.flatMap(([key, value]) => unusable(key, value)),
    ...Object.keys(service.environment ?? {}).flatMap((variable) =>
      variable !== "" && !variable.includes("=")
        ? []
        : [
            mistake("invalid-value", {
              path: "environment",
              message: `a variable cannot be called \`${variable}\``,
              fix: "give the variable a name, without `=`",
            }),
          ],
    ),
  ];
}

function unusable(path: string, value: unknown): Finding[] {
  if (typeof value === "string") {
    const found = value.includes("\0")
      ? "a NUL character"
      : /\p{Surrogate}/u.test(value) && "half a character";
    if (found === false) return [];
    return [
      mistake("invalid-value", {
        path,
        message: `the text holds ${found}, which no process can be given`,
        fix: "take the character out, or write it in another way, such as base64",
      }),
    ];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [
    ...(/[\0\p{Surrogate}]/u.test(key) ? unusable(path, key) : []),
    ...unusable(`${path}.${key}`, entry),
  ]);
}
