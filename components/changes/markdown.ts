import { describeWarning } from "../findings/describe.ts";
import { isMistake, type Finding } from "../findings/finding.ts";
import type { Changes, ServiceChange } from "./changes.ts";
import { picture, type Topology } from "./picture.ts";
import {
  changesAnything,
  countsOf,
  describeChanges,
  partSentences,
  reasonsOf,
  sentenceOf,
  verdict,
} from "./sentences.ts";

/** Characters that GitHub takes in a comment, with room for what a workflow adds. */
const limit = 65_000;

/** What a comment on a change says. */
export interface Comment {
  /** What was previewed, to stand behind "of": `the stack test of shop`. */
  readonly subject: string;
  /** The changes of each project, and how its services depend on each other. */
  readonly projects: readonly { readonly changes: Changes; readonly topology: Topology }[];
  readonly findings: readonly Finding[];
  /** Whether the preview came to its end. */
  readonly succeeded: boolean;
  /** Whether Pulumi would change anything, also what the changes do not know of. */
  readonly differs: boolean;
  /** What Pulumi printed. */
  readonly printed: string;
  /** What a manager told of the stack; absent on one engine, and where none answered. */
  readonly swarm?: {
    readonly tasks: readonly TaskShown[];
    /** What is not as the last `up` left it, a sentence each. */
    readonly problems: readonly string[];
  };
}

/** A container of a swarm, and where it is. */
interface TaskShown {
  readonly service: string;
  readonly node: string;
  readonly state: string;
  readonly error: string;
}

/** A comment in GitHub's Markdown: what a reviewer needs first stands first, and what is too long loses its end. */
export function commentOf(comment: Comment): string {
  const { subject, projects, findings, printed, swarm } = comment;
  const sections = [
    [`### ${escaped(headingOf(comment))}`, "", `Preview of ${escaped(subject)}.`],
    fitted(tableOf(projects.flatMap(({ changes }) => changes.services)), 12_000),
    fitted(
      projects.flatMap(({ changes }) => bulletsOf(changes)),
      22_000,
    ),
    fitted(findingsOf(findings), 10_000),
    ...projects.map(({ changes, topology }) => picture(changes, topology)),
    ...(swarm === undefined ? [] : [problemsIn(swarm), tasksOf(swarm)]),
  ].filter((lines) => lines.length > 0);
  const text = sections.map((lines) => lines.join("\n")).join("\n\n");
  // Pulumi prints the words, too.
  const rest = projects.reduce((all, { changes }) => all.replace(describeChanges(changes), ""), printed);
  return rest === "" ? text : `${text}\n${detailsWith(rest, limit - text.length)}`;
}

/** What an `up` would do, in one line, for all projects of a program. */
export function headingOf({
  projects,
  findings,
  succeeded,
  differs,
}: Omit<Comment, "subject" | "printed">): string {
  const mistakes = findings.filter(isMistake).length;
  if (mistakes > 0)
    return `${mistakes === 1 ? "1 mistake" : `${mistakes} mistakes`}: \`up\` would refuse the stack`;
  if (!succeeded) return "the preview failed";
  const changing = projects.filter(({ changes }) => changesAnything(changes));
  if (changing.length === 0)
    return differs ? "no container changes, and other resources do" : "nothing changes";
  return changing
    .map(({ changes }) => (projects.length === 1 ? "" : `${changes.project}: `) + verdict(changes))
    .join("; ");
}

function tableOf(services: readonly ServiceChange[]): string[] {
  if (services.length === 0) return [];
  return [
    "| service | change | containers | gap | data |",
    "| --- | --- | --- | --- | --- |",
    ...services.map((change) => `| ${cellsOf(change).map(escaped).join(" | ")} |`),
  ];
}

function cellsOf(change: ServiceChange): string[] {
  const { service, what, from, job, update, data } = change;
  const [before, after] = countsOf(change);
  const isNew = what === "added" || what === "renamed";
  const gaps = {
    none: "none",
    requests: "a few failed requests",
    turns: "in turns",
    gap: update?.seconds === undefined ? "yes" : `about ${Math.max(1, Math.round(update.seconds))} s`,
  };
  return [
    service,
    job && what === "replaced" ? "runs again" : from === undefined ? what : `${what}, was ${from}`,
    before === after || isNew ? after : `${before} → ${after}`,
    update === undefined || job ? "" : gaps[update.gap],
    [
      ...data.kept.map((volume) => `${volume} kept`),
      ...data.empty.map((volume) => `${volume} begins empty`),
      ...(data.left ?? []).map((volume) => `${volume} does not move along`),
    ].join(", "),
  ];
}

/** The sentences as a list. Data stands in the table. */
function bulletsOf(changes: Changes): string[] {
  const services = changes.isNew
    ? []
    : changes.services.flatMap((change) => [
        `- **${escaped(change.service)}** ${escaped(sentenceOf(change))}`,
        ...reasonsOf(change).map((line) => `  - ${escaped(line)}`),
      ]);
  return [...services, ...partSentences(changes).map((line) => `- ${escaped(line)}`)];
}

function findingsOf(findings: readonly Finding[]): string[] {
  return findings.map((finding) => `- ${finding.kind}: ${escaped(describeWarning(finding))}`);
}

function problemsIn({ problems }: NonNullable<Comment["swarm"]>): readonly string[] {
  if (problems.length === 0) return [];
  const list = problems.map((words) => `- ${escaped(words)}`);
  return fitted(["The swarm is not as the last `up` left it:", "", ...list], 4_000);
}

/** What runs where, folded away. */
function tasksOf({ tasks }: NonNullable<Comment["swarm"]>): readonly string[] {
  if (tasks.length === 0) return [];
  const rows = tasks.map(({ service, node, state, error }) => {
    const said = error === "" ? state : `${state}: ${error}`;
    return `| ${[service, node, said].map(escaped).join(" | ")} |`;
  });
  const table = ["| service | node | state |", "| --- | --- | --- |", ...rows];
  return ["<details><summary>What runs where</summary>", "", ...fitted(table, 6_000), "", "</details>"];
}

/** What Pulumi printed, folded away, in a fence that nothing in the text ends. */
function detailsWith(printed: string, room: number): string {
  const fence = "`".repeat(Math.max(3, ...[...printed.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  const frame = ["", "<details><summary>What Pulumi printed</summary>", "", `${fence}text`];
  const end = [fence, "", "</details>", ""];
  const around = [...frame, ...end].join("\n").length;
  const lines = fitted(printed.trim().split("\n"), room - around);
  return [...frame, ...lines, ...end].join("\n");
}

/** The lines from the first one on that have room, and how many have none. */
function fitted(lines: readonly string[], room: number): readonly string[] {
  let length = 0;
  const within = lines.findIndex((line) => (length += line.length + 1) > room - 40);
  return within < 0 ? lines : [...lines.slice(0, within), `… and ${lines.length - within} more lines`];
}

/** A text in which Markdown and HTML mean nothing, on one line. Code between backticks stays code. */
function escaped(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\*_<>|[\]~#]/g, (character) => `\\${character}`);
}
