import { readFileSync, writeFileSync } from "node:fs";
import { findingNames } from "../components/findings/names.ts";
import { stackSchemaFile, stackSchemaText } from "./stack-schema.ts";

/*
 * `npm run docs` writes the parts of the documentation that are made from the sources, and the JSON Schema of a stack's
 * file. A test fails where one of them is not what this script would write.
 */

export const findingsPage = new URL("../docs/findings.md", import.meta.url);

const begin = "<!-- prettier-ignore-start -->";
const end = "<!-- prettier-ignore-end -->";

/** The page with the table of all findings as the list has them now. */
export function withFindings(page: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`the page has no \`${begin}\` … \`${end}\``);
  return `${before}${begin}\n\n${findingsTable()}\n\n${end}${after}`;
}

function findingsTable(): string {
  const rows = Object.entries(findingNames).map(([name, { kinds, meaning, remedy, ...more }]) => {
    const kind = "guess" in more ? "guess" : kinds.join(" or ");
    return [`\`${name}\``, kind, meaning, remedy];
  });
  return [["name", "kind", "what is wrong", "what to do"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

if (import.meta.main) {
  writeFileSync(findingsPage, withFindings(readFileSync(findingsPage, "utf8")));
  writeFileSync(stackSchemaFile, stackSchemaText());
}
