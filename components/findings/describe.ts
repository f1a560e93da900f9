import type { Finding } from "./finding.ts";
import { printable } from "./printable.ts";

/** The text of a list of mistakes: a paragraph each, in the order in which they were found. */
export function describeMistakes(mistakes: readonly Finding[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  const paragraphs = mistakes.map(({ name, message, fix, ...place }) =>
    [`  ${placeOf(place)}`, `    ${message} [${name}]`, `    → ${fix}`].join("\n"),
  );
  return printable(`${count} in the stack, nothing was touched:\n\n${paragraphs.join("\n\n")}\n`);
}

/** A warning in one line. */
export function describeWarning({ name, message, fix, ...place }: Finding): string {
  return printable(`${placeOf(place)}: ${message} (${fix}) [${name}]`);
}

/** `compose.yaml:12: services.app.ports.0`, which editors and terminals make a link of. */
function placeOf({ file, line, path }: Pick<Finding, "file" | "line" | "path">): string {
  if (file === undefined) return path;
  return `${file}${line === undefined ? "" : `:${line}`}: ${path}`;
}
