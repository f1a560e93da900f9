import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Finding } from "../findings/finding.ts";
import { placesIn } from "./lines.ts";

/**
 * The findings with the lines of their keys, and, of several Compose files, with the one to look in.
 *
 * @param folders Absolute paths that the files of the findings can count from.
 */
export function located(findings: readonly Finding[], folders: readonly string[]): Finding[] {
  // A file with many findings is read once.
  const files = new Map<string, ReturnType<typeof placesIn>>();
  const placesOf = (file: string) => {
    const places = files.get(file) ?? placesIn(read(folders.map((folder) => resolve(folder, file))));
    files.set(file, places);
    return places;
  };
  return findings.map((finding) => {
    if (finding.file === undefined || finding.line !== undefined) return finding;
    const keys = finding.path.split(".").length;
    const places = finding.file.split(", ").flatMap((file) => {
      const place = placesOf(file)(finding.path);
      // `services` alone is a part of every file.
      return place === undefined || place.depth < Math.min(keys, 2) ? [] : [{ file, ...place }];
    });
    // Later files are laid over earlier ones.
    const best = places.findLast(({ depth }) => places.every((other) => other.depth <= depth));
    return best === undefined ? finding : { ...finding, file: best.file, line: best.line };
  });
}

function read(paths: readonly string[]): string {
  for (const path of paths) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      // The file is in another folder, or is not there: that is a finding of its own.
    }
  }
  return "";
}
