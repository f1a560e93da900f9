import { readFileSync, writeFileSync } from "node:fs";
import { ignoredBuildKeys, ignoredKeys } from "../components/compose-spec/ignored.ts";
import { onSwarm, type OnSwarm } from "../components/compose-spec/on-swarm.ts";
import { refusedBuildKeys, refusedKeys, refusedTopLevelKeys } from "../components/compose-spec/refused.ts";
import { findingNames } from "../components/findings/names.ts";
import { chiefReport, speedReport } from "../test/bench/report.ts";
import { readResults, shownResults } from "../test/bench/results.ts";
import { stackSchemaFile, stackSchemaText } from "./stack-schema.ts";

/*
 * `npm run docs` writes the parts of the documentation that are made from the sources, and the JSON Schema of a stack's
 * file. A test fails where one of them is not what this script would write.
 */

export const findingsPage = new URL("../docs/findings.md", import.meta.url);
export const limitsPage = new URL("../docs/limits.md", import.meta.url);
export const speedPage = new URL("../docs/speed.md", import.meta.url);
export const readme = new URL("../README.md", import.meta.url);

const begin = "<!-- prettier-ignore-start -->";
const end = "<!-- prettier-ignore-end -->";

/** The page with the table of all findings as the list has them now. */
export function withFindings(page: string): string {
  return withTable(page, findingsTable());
}

/** The page with the table of all keys of Compose that are refused or passed over, as the lists have them now. */
export function withKeys(page: string): string {
  return withTable(withTable(page, keysTable()), swarmTable(), 1);
}

/** The page with all that `docs/bench.json` says. */
export function withSpeed(page: string): string {
  return withTable(page, speedReport(readResults(shownResults)));
}

/** The README with the chief figures of `docs/bench.json`. */
export function withChiefSpeed(page: string): string {
  return withTable(page, chiefReport(readResults(shownResults)));
}

/** @param place Which of the tables of the page it is, counting from 0. */
function withTable(page: string, table: string, place = 0): string {
  const parts = page.split(begin);
  const rest = parts[place + 1]?.split(end)[1];
  if (rest === undefined) throw new Error(`the page has too few \`${begin}\` … \`${end}\``);
  parts[place + 1] = `\n\n${table}\n\n${end}${rest}`;
  return parts.join(begin);
}

function swarmTable(): string {
  const rows = (Object.entries(onSwarm) as [string, OnSwarm][]).flatMap(([key, row]) => {
    if (row === "honoured") return [];
    return [
      "refused" in row
        ? [key, "mistake", row.refused, row.fix]
        : [key, "warning", row.warned, "remove the key"],
    ];
  });
  return tableOf(
    ["key", "kind", "why", "what to do"],
    rows.map(([key = "", ...cells]) => [`\`${key}\``, ...cells.map((cell) => cell.replaceAll("<", "&lt;"))]),
  );
}

function findingsTable(): string {
  const rows = Object.entries(findingNames).map(([name, { kinds, meaning, remedy, ...more }]) => {
    const kind = "guess" in more ? "guess" : kinds.join(" or ");
    return [`\`${name}\``, kind, meaning, remedy];
  });
  return tableOf(["name", "kind", "what is wrong", "what to do"], rows);
}

function keysTable(): string {
  const refused = [
    ...Object.entries(refusedKeys).map(([key, said]) => [key, said] as const),
    ...Object.entries(refusedBuildKeys).map(([key, said]) => [`build.${key}`, said] as const),
    ...Object.entries(refusedTopLevelKeys).map(([key, said]) => [`<top level>.*.${key}`, said] as const),
  ];
  const ignored = [
    ...Object.entries(ignoredKeys),
    ...Object.entries(ignoredBuildKeys).map(([key, reason]) => [`build.${key}`, reason] as const),
  ];
  return tableOf(
    ["key", "kind", "why", "what to do"],
    [
      ...refused.map(([key, { reason, fix }]) => [
        `\`${key}\``,
        "mistake",
        reason,
        fix.replaceAll("<", "&lt;"),
      ]),
      ...ignored.map(([key, reason]) => [`\`${key}\``, "warning", reason, "remove the key"]),
    ],
  );
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

if (import.meta.main) {
  writeFileSync(findingsPage, withFindings(readFileSync(findingsPage, "utf8")));
  writeFileSync(limitsPage, withKeys(readFileSync(limitsPage, "utf8")));
  writeFileSync(speedPage, withSpeed(readFileSync(speedPage, "utf8")));
  writeFileSync(readme, withChiefSpeed(readFileSync(readme, "utf8")));
  writeFileSync(stackSchemaFile, stackSchemaText());
}
