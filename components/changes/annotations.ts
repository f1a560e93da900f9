import type { Finding } from "../findings/finding.ts";

/**
 * Findings as GitHub's runner reads them from what a step prints, so that each stands beside its line in the pull request.
 * What has no file is told by the comment alone.
 *
 * @param pathOf A finding's file, from the root of what was checked out.
 */
export function annotationsOf(findings: readonly Finding[], pathOf: (file: string) => string): string[] {
  return findings.flatMap(({ kind, name, file, line, path, message, fix }) => {
    if (file === undefined) return [];
    const properties = [
      `file=${property(pathOf(file))}`,
      ...(line === undefined ? [] : [`line=${line}`]),
      `title=${property(name)}`,
    ];
    const command = kind === "mistake" ? "error" : "warning";
    return [`::${command} ${properties.join(",")}::${text(`${path}: ${message}\n→ ${fix}`)}`];
  });
}

/** What ends a command, or begins another one, is written otherwise. */
function text(words: string): string {
  return words.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(words: string): string {
  return text(words).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
