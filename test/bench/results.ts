import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../../scripts/paths.mjs";
import type { Figures } from "./statistics.ts";

/** The figures of measures by their names. */
export type FiguresByName = Readonly<Record<string, Figures>>;

/** All figures: those of a quiet machine, and those beside a process that keeps all processors busy. */
export interface Results {
  readonly quiet: FiguresByName;
  readonly busy: FiguresByName;
}

/** Where `npm run bench` leaves its results. */
export const benchFolder = join(stateFolder, "bench");

/** The results that the README and docs/speed.md show. */
export const shownResults = join(import.meta.dirname, "..", "..", "docs", "bench.json");

/** @returns No figures where the file is not there yet. */
export function readResults(file: string): Results {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { quiet: {}, busy: {} };
  }
}

/** Figures in the place of earlier ones of the same measures, and of the same kind of machine. */
export function withFigures(results: Results, kind: keyof Results, figures: FiguresByName): Results {
  return { ...results, [kind]: { ...results[kind], ...figures } };
}
