import { table } from "../table.ts";
import type { ContainerStatus, StackStatus } from "./compare.ts";
import type { SwarmStatus, TaskStatus } from "./swarm-status.ts";

/** A column, and its place in the order in which columns give way on a narrow terminal; what has none stays. */
interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
  readonly givesWay?: number;
}

/**
 * A status for people: a line a container.
 *
 * @param width Columns of the terminal; `undefined` shows everything.
 * @param up What brings the stack up again.
 */
export function screenOf(
  status: StackStatus | SwarmStatus,
  {
    now,
    width = Infinity,
    up,
  }: { readonly now: Date; readonly width: number | undefined; readonly up: string },
): string {
  const { problems, update, last_up } = status;
  return [
    "tasks" in status ? tableOfTasks(status, now, width) : tableOfContainers(status, now, width),
    ...(update === null ? [] : [`An update is under way: ${update}`]),
    ...problemsOf(problems, up),
    ...(last_up === null ? [] : [`Last up: ${ago(last_up, now)} ago`]),
  ].join("\n\n");
}

function tableOfContainers({ containers }: StackStatus, now: Date, width: number): string {
  const columns: readonly Column<ContainerStatus>[] = [
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
  return fitted(columns, containers, width);
}

function tableOfTasks({ tasks }: SwarmStatus, now: Date, width: number): string {
  const columns: readonly Column<TaskStatus>[] = [
    { heading: "TIER", cell: ({ tier }) => tier, givesWay: 3 },
    { heading: "SERVICE", cell: ({ service }) => service },
    { heading: "NODE", cell: ({ node }) => node },
    { heading: "STATE", cell: ({ state }) => state },
    { heading: "SINCE", cell: ({ since }) => ago(since, now), givesWay: 6 },
    { heading: "PORTS", cell: portsOf, givesWay: 5 },
    { heading: "URL", cell: ({ url }) => url ?? "", givesWay: 7 },
    { heading: "REVISION", cell: ({ revision }) => revision ?? "", givesWay: 2 },
    // The problems below say why, too, and a node's words are long.
    { heading: "WHY", cell: ({ error }) => error, givesWay: 1 },
  ];
  return fitted(columns, tasks, width);
}

/** What is not as it should be, and what puts that right; nothing where all is well. */
function problemsOf(problems: readonly string[], up: string): string[] {
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
function fitted<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const text = table([
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ]);
  const first = Math.min(...columns.map(({ givesWay = Infinity }) => givesWay));
  const isTooWide = text.split("\n").some((line) => line.length > width);
  if (!isTooWide || first === Infinity) return text;
  return fitted(
    columns.filter(({ givesWay }) => givesWay !== first),
    rows,
    width,
  );
}

function stateOf({ state, exit_code, stopped }: ContainerStatus): string {
  if (stopped) return "stopped";
  return exit_code === null ? state : `exited (${exit_code})`;
}

function portsOf({ ports }: Pick<ContainerStatus, "ports">): string {
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
