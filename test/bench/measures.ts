import type { Aim } from "./statistics.ts";

/** What is measured, and how it is to come out. */
export interface Measure {
  readonly name: string;
  /** What it is in words. */
  readonly title: string;
  /** What a person types here. */
  readonly ours: string;
  /** What somebody with Compose types, or what else ours is held against; absent where there is nothing. */
  readonly peer?: string;
  readonly aims: readonly Aim[];
  /** Why an aim is missed, where it is. */
  readonly why?: string;
  /** Measures that differ in their number of services alone are one plot. */
  readonly series?: { readonly of: Series; readonly services: number };
  /** Whether the README shows it. */
  readonly isChief?: true;
}

/** What is measured by its number of services, in words. */
export const seriesTitles = {
  light: "First up of light services",
  plan: "From Compose files to a checked plan",
} as const;
export type Series = keyof typeof seriesTitles;

/** The systems whose health checks are measured. */
export const systems = [
  "super-agent-team",
  "ichrisbirch",
  "trading-platform",
  "contravento",
  "hercules",
] as const;

const up = "pulumi-compose up --yes";
const composeUp = "docker compose up -d --wait";
/** As fast as Compose can be made: health checks begin at once. */
const tunedUp = `${composeUp}, start_interval 250ms`;
const ratio = (most: number): Aim => ({ of: "ratio", most });
const seconds = (most: number): Aim => ({ of: "seconds", most });
const megabytes = (most: number): Aim => ({ of: "megabytes", most });
const noneLost: Aim = { of: "lost", most: 0 };
const noneFailed: Aim = { of: "failed", most: 0 };

/** What takes the time where nothing changes. */
const ofRehearsal =
  "Node.js starts for the command and for the program, and the key of the passphrase is worked out, all of which is " +
  "a matter of the processor's speed: the column of the empty program says how fast this machine was. Compose waits for " +
  "the engine most of its time.";

/** Super Agent Team's stack dev, through its life. */
const dev = [
  {
    name: "daily",
    title: "`up` with nothing to change",
    ours: up,
    peer: composeUp,
    aims: [ratio(1)],
    why: ofRehearsal,
    isChief: true,
  },
  {
    name: "npm",
    title: "the same as npm starts it, with set-up",
    ours: "npm run up",
    peer: composeUp,
    aims: [],
  },
  {
    name: "update",
    title: "one service's environment changed, under requests",
    ours: "pulumi-compose up, and yes",
    peer: tunedUp,
    aims: [ratio(1.5), noneLost],
    why:
      "Pulumi and the program run twice, for the preview and for the update. The update alone takes two thirds of the time. " +
      "The new container has to be ready and is tried through the gateway, and the old one drains for half a second, " +
      "before the old one is stopped. Compose shows no preview, and stops the old one first.",
    isChief: true,
  },
  {
    name: "preview",
    title: "`preview` with nothing to change",
    ours: "pulumi-compose preview",
    peer: "docker compose --dry-run up -d",
    aims: [seconds(1.2)],
    why: ofRehearsal,
    isChief: true,
  },
  {
    name: "status",
    title: "`status`",
    ours: "pulumi-compose status",
    peer: "docker compose ps",
    aims: [seconds(0.4)],
    why: "Node.js loads the command's modules for most of that time.",
    isChief: true,
  },
  {
    name: "first-up",
    title: "first `up` of the stack dev, until all is healthy",
    ours: up,
    peer: tunedUp,
    aims: [ratio(1.3)],
    why:
      "Pulumi, the program and the providers start before the first container. The images that `destroy` has removed are " +
      "built again, from the builder's cache. Pulumi writes the whole state after each step, which is a matter of the " +
      "processor's speed. Compose uses images that are there.",
    isChief: true,
  },
  {
    name: "first-up-seed",
    title: "the same, against the health checks as the seed has them",
    ours: up,
    peer: composeUp,
    aims: [ratio(0.15)],
    why: "The reason is the same.",
  },
  {
    name: "destroy",
    title: "`destroy`",
    ours: "pulumi-compose destroy --yes",
    peer: "docker compose down",
    aims: [ratio(1.5)],
    why:
      "Pulumi and the providers start before the first container ends, and Pulumi writes the whole state after each " +
      "step.",
    isChief: true,
  },
] as const satisfies readonly Measure[];

const light = ([10, 20, 50, 100, 200] as const).map((services) => ({
  name: `light-${services}` as const,
  title: `first \`up\` of ${services} light services`,
  ours: up,
  peer: tunedUp,
  aims: services === 50 ? [ratio(1.4), megabytes(200), noneFailed] : [noneFailed],
  why:
    "Pulumi writes the whole state after each step, from which a killed `up` is mended, and the Docker provider takes " +
    "more processor time for a container than the container itself.",
  series: { of: "light", services } as const,
  ...(services === 50 ? { isChief: true as const } : {}),
}));

const others = [
  {
    name: "preview-200",
    title: "`preview` of 200 light services, nothing to change",
    ours: "pulumi-compose preview",
    aims: [seconds(6), megabytes(400)],
    why: "The health checks of 200 services keep the machine busy meanwhile.",
  },
  {
    name: "python-100",
    title: "first `up` of 100 services with health checks in Python",
    ours: up,
    peer: tunedUp,
    aims: [noneFailed],
  },
  {
    name: "comment-200",
    title: "comment on one change among 200 services",
    ours: "pulumi-compose preview --markdown",
    peer: "pulumi preview",
    aims: [ratio(2)],
  },
  {
    name: "swarm-500",
    title:
      "processor time of plan, checks, preview and gates of 500 services in a swarm, 5 containers each, by a recorded manager",
    ours: "500 services",
    peer: "250 services",
    // Linear: twice as many services take no more than twice the time.
    aims: [ratio(2.2), seconds(10), megabytes(500)],
  },
] as const satisfies readonly Measure[];

const probes = systems.map((system) => ({
  name: `probe-${system}` as const,
  title: `processor time of the dearest health check of an application of ${system}`,
  ours: "the health check",
  peer: "exec true",
  aims: [{ of: "beyond", most: 0.01 } as const],
}));

const plan = ([50, 100, 200, 400] as const).map((services) => ({
  name: `plan-${services}` as const,
  title: `from Compose files to a checked plan, ${services} services`,
  ours: "the plan",
  peer: "docker compose config",
  aims: [],
  series: { of: "plan", services } as const,
}));

/** All measures, in the order in which they are shown. */
export const measures = [...dev, ...light, ...others, ...probes, ...plan];

export type MeasureName = (typeof measures)[number]["name"];

/** @param words Names of measures, or what several begin with: `light`. None stands for all. */
export function chosen(words: readonly string[]): {
  readonly names: readonly MeasureName[];
  readonly unknown: readonly string[];
} {
  const all = measures.map(({ name }) => name);
  const named = (word: string) =>
    all.filter((name) => (isName(word) ? name === word : name.startsWith(`${word}-`)));
  const isName = (word: string) => all.some((name) => name === word);
  const meant = new Set(words.flatMap(named));
  return {
    names: words.length === 0 ? all : all.filter((name) => meant.has(name)),
    unknown: words.filter((word) => named(word).length === 0),
  };
}
