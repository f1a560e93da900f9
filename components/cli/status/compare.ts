import type { ContainerInspectInfo } from "dockerode";
import type { Verdict } from "../../engine/readiness.ts";
import { isAlwaysRestarted } from "../../plan/gate.ts";
import { labelValue, tierLabel } from "../../plan/package-names.ts";
import type { Seen } from "../drifted.ts";
import type { KnownContainer } from "../stack-state.ts";

/** What a stack should be beside what is, as `status --json` prints it. */
export interface StackStatus {
  readonly stack: string;
  /** Compose project name. */
  readonly project: string;
  /** Whether everything is there and ready, as the last `up` left it. */
  readonly ok: boolean;
  /** When an update of the stack last ended or came further; `null` where there was none. */
  readonly last_up: string | null;
  /** Who is changing the stack at present, in words; `null` for nobody, and where the backend does not tell. */
  readonly update: string | null;
  /** Tier by tier. */
  readonly containers: readonly ContainerStatus[];
  /** What is not as it should be, a sentence each: of containers, of networks and of volumes. */
  readonly problems: readonly string[];
}

export interface ContainerStatus {
  readonly tier: string;
  readonly service: string;
  readonly container: string;
  /** The engine's word: `running`, `exited`, `created`, `paused`, `restarting`, `dead`; or `missing`. */
  readonly state: string;
  /** Of a container that has ended. */
  readonly exit_code: number | null;
  /** Whether a person stopped the service: the engine starts such a container again when the container ends by itself. */
  readonly stopped: boolean;
  /** `starting`, `healthy`, `unhealthy`; `null` without a health check. */
  readonly health: string | null;
  /** When the container was started, or when it ended, by the engine's clock. */
  readonly since: string | null;
  /** When the service was last changed: the container was made then. */
  readonly changed: string | null;
  /** Changes with anything in the service's definition. */
  readonly revision: string | null;
  /** Host ports by the container's port: `{ "80/tcp": [8080] }`. */
  readonly ports: Readonly<Record<string, readonly number[]>>;
  /** Where the service is reached: through the gateway, or by its first published port. */
  readonly url: string | null;
  /** Seconds that the service took to become healthy when this checkout last started the service. */
  readonly startup_time_seconds: number | null;
  /** What is not as it should be, to stand behind the container's name. */
  readonly problem: string | null;
}

/** What a status is made of. */
export interface Observed {
  readonly stack: string;
  readonly project: string;
  /** The containers that the state says there are. */
  readonly expected: readonly KnownContainer[];
  /** Ids and names of all that the state knows, also of what is only begun. */
  readonly known: ReadonlySet<string>;
  /** What the engine has under the project's name. */
  readonly found: readonly { readonly container: ContainerInspectInfo; readonly verdict: Verdict }[];
  readonly seen: readonly Seen[];
  readonly tiers: readonly string[];
  readonly addresses: Readonly<Record<string, string>>;
  readonly starts: Readonly<Record<string, number>>;
  readonly update: string | undefined;
  readonly lastUp: string | undefined;
}

export function compare(observed: Observed): StackStatus {
  const { stack, project, tiers, expected, found, seen, update, lastUp } = observed;
  const missing = expected.filter(({ id }) => !found.some(({ container }) => container.Id === id));
  const inOrder = byTier(tiers);
  const containers = [
    ...found.map((one) => statusOf(one, observed)),
    ...missing.map((container) => statusOfMissing(container, observed)),
  ].sort((one, other) => inOrder(one, other) || one.container.localeCompare(other.container));
  const problems = [
    ...containers.flatMap(({ container, problem }) => (problem === null ? [] : [`${container} ${problem}`])),
    ...seen.flatMap(({ kind, name, is }) =>
      kind === "network" || kind === "volume" ? problemOf(is).map((words) => `${kind} ${name} ${words}`) : [],
    ),
  ];
  return {
    stack,
    project,
    ok: problems.length === 0,
    last_up: lastUp ?? null,
    update: update ?? null,
    containers,
    problems,
  };
}

type Placed = Pick<ContainerStatus, "tier" | "service">;

/** The order in which a status lists: tier by tier, and within a tier by service. */
export function byTier(tiers: readonly string[]): (one: Placed, other: Placed) => number {
  const rank = (tier: string) => (tiers.includes(tier) ? tiers.indexOf(tier) : tiers.length);
  return (one, other) =>
    rank(one.tier) - rank(other.tier) ||
    one.tier.localeCompare(other.tier) ||
    one.service.localeCompare(other.service);
}

function problemOf(is: Seen["is"]): string[] {
  if (is === "gone") return ["is missing"];
  return is === "changed" ? ["was changed since the last up"] : [];
}

function statusOf({ container, verdict }: Observed["found"][number], observed: Observed): ContainerStatus {
  const { State: state, Config: config, HostConfig: host, NetworkSettings: settings } = container;
  const { Labels: labels } = config;
  const name = container.Name.replace(/^\//, "");
  const isOurs = observed.known.has(container.Id) || observed.known.has(name);
  // What an update makes just now is not in the state yet.
  const isForeign = !isOurs && observed.update === undefined;
  const service = labels["com.docker.compose.service"] ?? "";
  const ended = state.Status === "exited" || state.Status === "dead";
  const stopped = ended && isAlwaysRestarted(host.RestartPolicy?.Name ?? "");
  return {
    tier: labelValue(labels, tierLabel) ?? "",
    service,
    container: name,
    state: state.Status,
    exit_code: ended ? state.ExitCode : null,
    stopped,
    health: healthOf(state),
    since: state.Status === "created" ? null : ended ? state.FinishedAt : state.StartedAt,
    changed: container.Created,
    revision: labels["com.docker.compose.config-hash"]?.slice(0, 12) ?? null,
    ports: portsOf(settings.Ports),
    // What is not the stack's own has no address of the stack's.
    url: isForeign ? null : (observed.addresses[service] ?? null),
    startup_time_seconds: isForeign ? null : (observed.starts[service] ?? null),
    problem: isForeign
      ? "is not of this state: another checkout, or Compose, has made it"
      : problemOfContainer(container.Id, verdict, stopped, observed),
  };
}

function problemOfContainer(
  id: string,
  verdict: Verdict,
  stopped: boolean,
  { seen }: Observed,
): string | null {
  if (verdict.state === "waiting") return `is not ready: it waits ${verdict.detail}`;
  if (stopped) return "was stopped";
  if (verdict.state === "failed")
    return `${verdict.reason}${verdict.advice === undefined ? "" : ` (${verdict.advice})`}`;
  const drifted = seen.some(({ kind, key, is }) => kind === "container" && key === id && is === "changed");
  return drifted ? "was changed since the last up" : null;
}

function statusOfMissing({ name, service, tier }: KnownContainer, { addresses }: Observed): ContainerStatus {
  return {
    ...{ tier, service, container: name, state: "missing", exit_code: null, stopped: false, health: null },
    ...{ since: null, changed: null, revision: null, ports: {}, startup_time_seconds: null },
    url: addresses[service] ?? null,
    problem: "is missing",
  };
}

function healthOf({ Health: health, Running: running }: ContainerInspectInfo["State"]): string | null {
  return running && health !== undefined && health.Status !== "none" ? health.Status : null;
}

function portsOf(bound: ContainerInspectInfo["NetworkSettings"]["Ports"]): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(bound as Record<string, { HostPort: string }[] | null>).flatMap(([port, bindings]) => {
      // The engine lists IPv4 and IPv6 each.
      const ports = [...new Set((bindings ?? []).map(({ HostPort: external }) => Number(external)))];
      return ports.length === 0 ? [] : [[port, ports]];
    }),
  );
}
