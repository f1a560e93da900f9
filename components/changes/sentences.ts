import type { Changes, Replacement, ServiceChange, VolumeChange } from "./changes.ts";
import type { KeyChange } from "./keys.ts";

/** Characters of a value that a person reads; the rest of a longer value is left out. */
const longest = 60;

/** Whether an `up` would change anything that these words know of. */
export function changesAnything({ services, networks, volumes, routes }: Changes): boolean {
  return [services, networks, volumes, routes].some((list) => list.length > 0);
}

/** What an `up` does, in one line: to how many services, with which gap, and to which data. */
export function verdict(changes: Changes): string {
  if (!changesAnything(changes)) return "nothing changes";
  const { services } = changes;
  const of = (isMeant: (change: ServiceChange) => boolean) => services.filter(isMeant).length;
  const replaced = (gap: Replacement["gap"]) =>
    of(({ what, job, update }) => what === "replaced" && !job && update?.gap === gap);
  const parts = [
    ...counted(replaced("none"), "replaced without a gap"),
    ...counted(replaced("requests"), "replaced with a few failed requests"),
    ...counted(replaced("turns"), "replaced in turns"),
    ...counted(replaced("gap"), `replaced with a gap${longestGap(services)}`),
    ...counted(
      of(({ what, job }) => what === "replaced" && job),
      "run again",
      "job",
    ),
    ...(["added", "removed", "renamed", "scaled", "drifted"] as const).flatMap((kind) =>
      counted(
        of(({ what }) => what === kind),
        kind,
      ),
    ),
  ];
  const said = parts.length === 0 ? ["no service changes"] : withNoun(parts);
  return [...said, dataOf(changes)].join(", ");
}

interface Counted {
  readonly count: number;
  readonly noun: string;
  readonly what: string;
}

function counted(count: number, what: string, noun = "service"): Counted[] {
  return count === 0 ? [] : [{ count, noun, what }];
}

/** `2 services replaced without a gap, 1 with a gap`: the noun stands where it is another one than before. */
function withNoun(parts: readonly Counted[]): string[] {
  return parts.map(({ count, noun, what }, index) => {
    const before = parts[index - 1];
    const same = before?.noun === noun;
    const said = same && before.what.startsWith("replaced") ? what.replace(/^replaced /, "") : what;
    return `${count} ${same ? "" : count === 1 ? `${noun} ` : `${noun}s `}${said}`;
  });
}

function longestGap(services: readonly ServiceChange[]): string {
  const seconds = services.flatMap(({ job, update }) =>
    !job && update?.gap === "gap" && update.seconds !== undefined ? [update.seconds] : [],
  );
  return seconds.length === 0 ? "" : ` of about ${rounded(Math.max(...seconds))}`;
}

function rounded(seconds: number): string {
  return `${Math.max(1, Math.round(seconds))} s`;
}

function dataOf({ services, volumes }: Changes): string {
  const left = unique(services.flatMap(({ data }) => data.left ?? []));
  if (left.length > 0) return `${left.join(", ")} ${left.length === 1 ? "does" : "do"} not move along`;
  const empty = unique(services.flatMap(({ what, data }) => (what === "replaced" ? data.empty : [])));
  if (empty.length > 1) return `${empty.length} volumes begin empty`;
  if (empty.length === 1) return `${empty.join("")} begins empty`;
  const touched = services.some(({ what, data }) => what !== "scaled" && data.kept.length > 0);
  return touched || volumes.some(({ what }) => what !== "new") ? "all data kept" : "no data touched";
}

/** What an `up` does, as a preview says it; empty where nothing changes. */
export function describeChanges(changes: Changes): string {
  return changesAnything(changes) ? [verdict(changes), ...sentences(changes)].join("\n") : "";
}

/** The sentences of a change: a line each, what belongs to a line indented below the line. */
export function sentences(changes: Changes): string[] {
  return [...(changes.isNew ? [] : changes.services.flatMap(ofService)), ...partSentences(changes)];
}

/** What becomes of everything that is no service. Of a new stack every part is new: the numbers say that. */
export function partSentences(changes: Changes): string[] {
  const { isNew, services, networks, volumes, routes, ports, handOvers } = changes;
  // The services that begin with it say so.
  const said = services.flatMap(({ data: { empty } }) => empty);
  const isSaid = ({ volume, what, onNodes }: VolumeChange) =>
    what === "new" && (isNew || (onNodes !== true && said.includes(volume)));
  return [
    ...handOvers,
    ...(isNew ? [ofNewStack(changes)] : []),
    ...(isNew ? [] : networks.map(({ network, what }) => `network ${network} ${networkWords[what]}`)),
    ...volumes.flatMap((change) => (isSaid(change) ? [] : [ofVolume(change)])),
    ...(isNew ? [] : routes.map(ofRoute)),
    ...ports.map(({ service, port }) => {
      const words = `${port} opens to the world (${service})`;
      return port.startsWith("any") ? words : `port ${words}`;
    }),
  ];
}

const networkWords = {
  new: "is new",
  gone: "is gone",
  "made anew": "is made anew: what is on the network stops first",
} as const;

function ofVolume({ volume, what, onNodes = false }: VolumeChange): string {
  const words = {
    new: onNodes ? "is new: a node that has none of that name makes it, empty" : "is new, and empty",
    "taken up again": "is there already, and is taken up again with its data",
    "left behind": `is left behind with its data: no \`up\` removes it${onNodes ? " from a node, and no `destroy`" : ""}`,
  } as const;
  return `volume ${volume} ${words[what]}`;
}

function ofRoute({ route, what, before = "", after = "" }: Changes["routes"][number]): string {
  if (what === "moved") return `route ${route} moves: ${before} becomes ${after}`;
  return what === "new" ? `route ${route} is new: ${after}` : `route ${route} is gone: ${before}`;
}

function ofNewStack({ services, networks, volumes, routes }: Changes): string {
  const counts = [
    [services.length, "service"],
    [networks.length, "network"],
    [volumes.length, "volume"],
    [routes.length, "route"],
  ] as const;
  const words = counts.flatMap(([count, part]) =>
    count === 0 ? [] : [`${count} ${part}${count === 1 ? "" : "s"}`],
  );
  return `the stack is new: ${words.join(", ")}`;
}

function ofService(change: ServiceChange): string[] {
  return [`${change.service} ${sentenceOf(change)}`, ...detailsOf(change).map((words) => `  ${words}`)];
}

/** What becomes of a service's data, and what is not what it was: a line each. */
function detailsOf(change: ServiceChange): string[] {
  return [...dataWords(change), ...reasonsOf(change)];
}

/** What is not what it was, and data that is left where it is: a line each. */
export function reasonsOf({ data: { left = [] }, keys, reason }: ServiceChange): string[] {
  return [
    ...left.map((volume) => `${volume} does not move along: its data stays on the node that has it`),
    ...keys.map(keyWords),
    ...(reason === undefined ? [] : [reason]),
  ];
}

/** How many containers a service has before and after, in words. */
export function countsOf({ replicas }: ServiceChange): readonly [before: string, after: string] {
  const { before, after, onEachNode = [] } = replicas;
  return [
    onEachNode.includes("before") ? "one a node" : String(before),
    onEachNode.includes("after") ? "one a node" : String(after),
  ];
}

/** What happens to a service, to stand behind its name. */
export function sentenceOf(change: ServiceChange): string {
  const { what, job, replicas, from = "", builds, drift } = change;
  const [before, after] = countsOf(change);
  const counts = replicas.onEachNode?.includes("after")
    ? "runs on each node"
    : `is scaled ${before} → ${after}`;
  const scaled = before === after ? "" : `, and ${counts}`;
  const image = builds ? "; its image is built" : "";
  switch (what) {
    case "added": {
      const number = replicas.onEachNode ? ", one a node" : after === "1" ? "" : ` with ${after} containers`;
      return `${job ? "is a new job and runs" : "is added"}${number}${image}`;
    }
    case "removed":
      return `is removed`;
    case "renamed":
      return `takes the place of ${from}, which is renamed${image}`;
    case "scaled":
      return `is scaled ${before} → ${after}`;
    case "drifted":
      return drift.join("; ");
    case "replaced":
      if (job) return `is a job and runs again${image}`;
      return `is replaced ${replacementWords(change.update)}${scaled}${image}`;
  }
}

function replacementWords(update: Replacement | undefined): string {
  if (update === undefined) return "";
  const { order, gap, because, seconds, atATime } = update;
  const how = {
    none: "without a gap",
    requests: "with a few failed requests while the gateway follows labels",
    turns: "in turns",
    gap: `with a gap${seconds === undefined ? "" : ` of about ${rounded(seconds)}`}`,
  }[gap];
  const others = gap === "turns" ? " while the others serve" : "";
  const turns = atATime === undefined ? "" : `, ${atATime} at a time${others}`;
  return `${order}, ${how}${turns} (${because})`;
}

/** What becomes of a service's data; nothing is said of a service that keeps its containers. */
function dataWords({ what, data: { kept, empty } }: ServiceChange): string[] {
  if (what === "scaled" || what === "drifted") return [];
  if (what === "removed") return kept.map((volume) => `its data stays in ${volume}`);
  return [
    ...(kept.length === 0 ? [] : [`takes up again the data in ${kept.join(", ")}`]),
    ...(empty.length === 0 ? [] : [`begins with an empty volume ${empty.join(", ")}`]),
  ];
}

/** `environment.TOKEN_TTL added: 3600` */
function keyWords({ path, what, before, after, secret, secrets }: KeyChange): string {
  if (secret) return `${path} ${what} (secret${secrets.length === 0 ? "" : ` ${secrets.join(", ")}`})`;
  if (before !== undefined && after !== undefined) return `${path} ${short(before)} → ${short(after)}`;
  const value = after ?? before;
  return value === undefined || value === "" ? `${path} ${what}` : `${path} ${what}: ${short(value)}`;
}

/** A value in one line. */
function short(value: string): string {
  const line = value.replaceAll(/\s+/g, " ").trim();
  if (line === "") return "(empty)";
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
