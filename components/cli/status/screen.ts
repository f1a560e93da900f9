import { table } from "../table.ts";
import type { ContainerStatus, StackStatus } from "./compare.ts";

/** A column, and its place in the order in which columns give way on a narrow terminal; what has none stays. */
interface Column {
  readonly heading: string;
  readonly cell: (container: ContainerStatus) => string;
  readonly givesWay?: number;
}

/**
 * A status for people.
 *
 * @param width Columns of the terminal; `undefined` shows everything.
 * @param up What brings the stack up again.
 */
export function screenOf(
  { containers, problems, update, last_up }: StackStatus,
  { now, width, up }: { readonly now: Date; readonly width: number | undefined; readonly up: string },
): string {
  const columns: readonly Column[] = [
    { heading: "TIER", cell: ({ tier }) => tier, givesWay: 3 },
    { heading: "SERVICE", cell: ({ service }) => service },
    { heading: "CONTAINER", cell: ({ container }) => container, givesWay: 2 },
    { heading: "STATE", cell: stateOf },
    { heading: "HEALTH", cell: ({ health }) => health ?? "-" },
    { heading: "SINCE", cell: ({ since }) => ago(since, now), givesWay: 5 },
    { heading: "PORTS", cell: portsOf, givesWay: 4 },
    { heading: "URL", cell: ({ url }) => url ?? "" },
    { heading: "REVISION", cell: ({ revision }) => revision ?? "", givesWay: 1 },
  ];
  const parts = [
    fitted(columns, containers, width ?? Infinity),
    ...(update === null ? [] : [`An update is under way: ${update}`]),
    ...problemsOf(problems, up),
    ...(last_up === null ? [] : [`Last up: ${ago(last_up, now)} ago`]),
  ];
  return parts.join("\n\n");
}

/** What is not as it should be, and what puts that right; nothing where all is well. */
export function problemsOf(problems: readonly string[], up: string): string[] {
  if (problems.length === 0) return [];
  return [
    [
      problems.length === 1 ? "1 problem:" : `${problems.length} problems:`,
      ...problems.map((words) => `  ${words}`),
      `→ ${up}`,
    ].join("\n"),
  ];
}

/** The table with as many of its columns as the width has room for. */
function fitted(columns: readonly Column[], containers: readonly ContainerStatus[], width: number): string {
  const text = table([
    columns.map(({ heading }) => heading),
    ...containers.map((container) => columns.map(({ cell }) => cell(container))),
  ]);
  const first = Math.min(...columns.map(({ givesWay = Infinity }) => givesWay));
  const isTooWide = text.split("\n").some((line) => line.length > width);
  if (!isTooWide || first === Infinity) return text;
  return fitted(
    columns.filter(({ givesWay }) => givesWay !== first),
    containers,
    width,
  );
}

function stateOf({ state, exit_code, stopped }: ContainerStatus): string {
  if (stopped) return "stopped";
  return exit_code === null ? state : `exited (${exit_code})`;
}

function portsOf({ ports }: ContainerStatus): string {
  const published = Object.entries(ports).flatMap(([inside, outside]) =>
    outside.map((port) => `${port}→${Number.parseInt(inside)}`),
  );
  return published.sort().join(" ");
}

const units = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** How long ago a moment was, in its largest unit: `5 min`. */
function ago(moment: string | null, now: Date): string {
  if (moment === null) return "-";
  const seconds = Math.max(0, (now.getTime() - new Date(moment).getTime()) / 1000);
  const [size, unit] = units.find(([length]) => seconds >= length) ?? ([1, "s"] as const);
  return `${Math.floor(seconds / size)} ${unit}`;
}
