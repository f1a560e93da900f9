import { table } from "../../components/cli/table.ts";
import { measures, type Measure } from "./measures.ts";
import type { FiguresByName, Results } from "./results.ts";
import {
  median,
  medianSeconds,
  outcomes,
  ratio,
  requestsOf,
  type Aim,
  type Figures,
  type Outcome,
  type Run,
} from "./statistics.ts";

export interface Measured {
  readonly measure: Measure;
  readonly figures: Figures;
}

/** The measures of which there are figures. */
export function measured(figures: FiguresByName): Measured[] {
  return measures.flatMap((measure): Measured[] => {
    const found = figures[measure.name];
    return found === undefined || found.ours.length === 0 ? [] : [{ measure, figures: found }];
  });
}

/** A line a measure, for a terminal. */
export function textReport(figures: FiguresByName): string {
  const rows = measured(figures).map(({ measure, figures }) => [
    measure.name,
    spread(figures.ours),
    spread(figures.peer),
    [figures.ours, figures.peer].flatMap((runs) => loadOf(runs) ?? []).join(", "),
    times(ratio(figures.ours, figures.peer)),
    times(ratio(figures.ours, figures.empty)),
    aims(measure, figures),
  ]);
  return table([["MEASURE", "OURS", "BESIDE IT", "LOAD", "RATIO", "EMPTY", "AIM"], ...rows]);
}

/** For docs/speed.md: every measure, where and when it was taken, and why an aim was missed. */
export function speedReport({ quiet, busy }: Results): string {
  const beside =
    Object.keys(busy).length === 0 ? [] : ["Beside a process that keeps all processors busy:", wide(busy)];
  const missing = measures.map(({ name }) => name).filter((name) => quiet[name] === undefined);
  const notYet =
    missing.length === 0 ? [] : [`Not measured yet: ${missing.map((name) => `\`${name}\``).join(", ")}.`];
  return [wide(quiet), taken(quiet), ...reasons(quiet), ...beside, ...notYet].join("\n\n");
}

/** For the README: the chief measures of a quiet machine. */
export function chiefReport({ quiet }: Results): string {
  const rows = measured(quiet)
    .filter(({ measure }) => measure.isChief)
    .map(({ measure, figures }) => [
      measure.title,
      figure(figures.typed.ours, figures.ours),
      figure(figures.typed.peer, figures.peer),
      times(ratio(figures.ours, figures.peer)),
      aims(measure, figures),
    ]);
  return markdown(["measured", "here", "Docker Compose", "ratio", "aim"], rows);
}

function wide(figures: FiguresByName): string {
  return markdown(
    ["measured", "here", "beside it", "ratio", "by an empty program", "aim"],
    measured(figures).map(({ measure, figures }) => [
      measure.title,
      figure(figures.typed.ours, figures.ours),
      figure(figures.typed.peer, figures.peer),
      times(ratio(figures.ours, figures.peer)),
      times(ratio(figures.ours, figures.empty)),
      aims(measure, figures),
    ]),
  );
}

/** When, where and how often; told once where all figures have it in common. */
function taken(figures: FiguresByName): string {
  const places = new Map<string, string[]>();
  for (const { measure, figures: found } of measured(figures)) {
    const place = placeOf(found);
    places.set(place, [...(places.get(place) ?? []), measure.title]);
  }
  const [only, ...others] = places.keys();
  if (only !== undefined && others.length === 0) return `Measured on ${only}.`;
  return [...places].map(([place, titles]) => `- On ${place}: ${titles.join("; ")}`).join("\n");
}

/** When, where and how often. */
export function placeOf({ date, machine, pairs }: Figures): string {
  return `${date}, ${machine}, ${pairs === 1 ? "one pair" : `medians of ${pairs} pairs`}`;
}

/** Why aims were missed, where one was. */
function reasons(figures: FiguresByName): string[] {
  const missed = measured(figures).flatMap(({ measure, figures: found }) => {
    const all = outcomes(measure.aims, found).filter(({ met }) => !met);
    if (all.length === 0) return [];
    const why = measure.why ?? "The reason is not known yet.";
    return [`- **${measure.title}**: ${all.map(verdict).join(", ")}. ${why}`];
  });
  return missed.length === 0 ? [] : ["Where an aim was missed, by how much, and why:", missed.join("\n")];
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What was typed, and what came out. */
function figure(command: string | undefined, runs: readonly Run[]): string {
  return command === undefined || runs.length === 0 ? "–" : `\`${command}\`: ${cameOut(runs).join(", ")}`;
}

/** The time, and what else was noted, with the machine's load. */
export function cameOut(runs: readonly Run[]): string[] {
  const megabytes = median(runs.flatMap((run) => run.megabytes ?? []));
  return [
    seconds(medianSeconds(runs)),
    ...(megabytes === undefined ? [] : [`${Math.round(megabytes)} MB`]),
    ...lost(runs),
    ...(loadOf(runs) === undefined ? [] : [`load ${loadOf(runs) ?? ""}`]),
  ];
}

function loadOf(runs: readonly Run[]): string | undefined {
  return median(runs.flatMap((run) => run.load ?? []))?.toFixed(1);
}

function lost(runs: readonly Run[]): string[] {
  const requests = requestsOf(runs);
  if (requests === undefined) return [];
  const [lost, sent] = [requests.lost, requests.sent].map((number) => number.toLocaleString("en"));
  return [`${lost ?? ""} of ${sent ?? ""} requests lost`];
}

function spread(runs: readonly Run[]): string {
  const all = runs.map(({ seconds }) => seconds);
  if (all.length < 2) return seconds(all[0]);
  return `${seconds(medianSeconds(runs))} (${seconds(Math.min(...all))}–${seconds(Math.max(...all))})`;
}

export function seconds(value: number | undefined): string {
  if (value === undefined) return "–";
  if (Math.abs(value) < 0.1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 1 ? 2 : 1)} s`;
}

function times(value: number | undefined): string {
  return value === undefined ? "–" : `${value.toFixed(2)} ×`;
}

/** Each aim, and what became of it. */
export function aims({ aims }: Measure, figures: Figures): string {
  if (aims.length === 0) return "–";
  return outcomes(aims, figures)
    .map((outcome) => `${aimInWords(outcome.aim)}: ${verdict(outcome)}`)
    .join("; ");
}

function aimInWords({ of, most }: Aim): string {
  switch (of) {
    case "ratio":
      return `≤ ${most} ×`;
    case "beyond":
      return `≤ ${seconds(most)} more`;
    case "seconds":
      return `≤ ${most} s`;
    case "megabytes":
      return `≤ ${most} MB`;
    case "lost":
      return "no request lost";
    case "failed":
      return "no gate failed";
  }
}

function verdict({ aim: { of, most }, reached, met }: Outcome): string {
  if (met) return "met";
  if (of === "lost") return `${reached} lost`;
  if (of === "failed") return `${reached} failed`;
  if (of === "beyond") return `missed by ${seconds(reached - most)}`;
  return `missed by ${Math.max(1, Math.round((reached / most - 1) * 100))} %`;
}
