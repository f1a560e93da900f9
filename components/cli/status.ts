import type { Command } from "commander";
import type { ContainerInfo } from "dockerode";
import { containersOf, restartsAlways } from "../engine/inventory.ts";
import { commandFor } from "../local/command-for.ts";
import { startTimes } from "../local/start-times.ts";
import { labelValue, tierLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./choose-stack.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { addressesIn, readState, tiersIn } from "./stack-state.ts";
import { table } from "./table.ts";

/** What runs of a stack, by tier. The engine says how it is, the stack's state says where it is reached. */
export function statusCommand(): Command {
  return stackCommand("status", "show the services of the stack by tier: state, health, ports, address")
    .option("--json", "print a list of containers as JSON")
    .action(async ({ json = false }: { readonly json?: boolean }, command: Command) => {
      const target = await targetOf(command);
      await need(engine);
      if (json) console.log(JSON.stringify(await statusOf(target), undefined, 2));
      else await showStatus(target);
    });
}

export async function showStatus(target: Target): Promise<void> {
  const { program, stack } = target;
  const rows = await statusOf(target);
  if (rows.length === 0) {
    const up = commandFor(program.directory, stack, "up");
    console.log(`Nothing of the stack ${stack} of ${program.name} is on the engine. Bring it up: ${up}`);
    return;
  }
  const heading = ["TIER", "SERVICE", "CONTAINER", "STATE", "HEALTH", "PORTS", "URL"];
  console.log(table([heading, ...rows.map(rowOf)]));
}

/** A container of a stack, as `status --json` prints it. */
export interface ContainerStatus {
  readonly tier: string;
  readonly service: string;
  readonly container: string;
  /** The engine's word: `running`, `exited`, `created`, `paused`, `restarting`, `dead`. */
  readonly state: string;
  /** Of a container that has ended. */
  readonly exit_code: number | null;
  /** Whether a person stopped the service: the engine starts such a container again when the container ends by itself. */
  readonly stopped: boolean;
  /** `starting`, `healthy`, `unhealthy`; `null` without a health check. */
  readonly health: string | null;
  /** Host ports by the container's port: `{ "80/tcp": [8080] }`. */
  readonly ports: Readonly<Record<string, readonly number[]>>;
  /** Where the service is reached: through the gateway, or by its first published port. */
  readonly url: string | null;
  /** Seconds that the service took to become healthy when this checkout last started the service. */
  readonly startup_time_seconds: number | null;
}

/** The containers of a stack, tier by tier. */
export async function statusOf({ program, stack }: Target): Promise<ContainerStatus[]> {
  const project = projectName(program.name, stack);
  const [containers, state] = await Promise.all([containersOf(project), readState({ program, stack })]);
  const tiers = tiersIn(state);
  const rank = (tier: string) => (tiers.includes(tier) ? tiers.indexOf(tier) : tiers.length);
  const addresses = addressesIn(state);
  const times = startTimes(project, program.directory);
  const rows = await Promise.all(
    containers.map(async (container): Promise<ContainerStatus> => {
      const service = container.Labels["com.docker.compose.service"] ?? "";
      const exit = /^Exited \((\d+)\)/.exec(container.Status)?.[1];
      return {
        tier: labelValue(container.Labels, tierLabel) ?? "",
        service,
        container: container.Names[0]?.slice(1) ?? "",
        state: container.State,
        exit_code: exit === undefined ? null : Number(exit),
        stopped: exit !== undefined && (await restartsAlways(container.Id)),
        health: /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(container.Status)?.[1] ?? null,
        ports: portsOf(container),
        url: addresses[service] ?? null,
        startup_time_seconds: times[service] ?? null,
      };
    }),
  );
  return rows.sort(
    (one, other) =>
      rank(one.tier) - rank(other.tier) ||
      one.tier.localeCompare(other.tier) ||
      one.service.localeCompare(other.service) ||
      one.container.localeCompare(other.container),
  );
}

function rowOf({ tier, service, container, state, exit_code, stopped, health, ports, url }: ContainerStatus) {
  const ended = exit_code === null ? state : `exited (${exit_code})`;
  const published = Object.entries(ports).flatMap(([inside, outside]) =>
    outside.map((port) => `${port}→${Number.parseInt(inside)}`),
  );
  return [
    tier,
    service,
    container,
    stopped ? "stopped" : ended,
    health ?? "-",
    published.sort().join(" "),
    url ?? "",
  ];
}

function portsOf(container: ContainerInfo): Record<string, number[]> {
  const ports: Record<string, number[]> = {};
  for (const { PrivatePort: inside, PublicPort: outside, Type: protocol } of container.Ports) {
    // Not every exposed port is published.
    if ((outside as number | undefined) === undefined) continue;
    const published = (ports[`${inside}/${protocol}`] ??= []);
    // The engine lists IPv4 and IPv6 each.
    if (!published.includes(outside)) published.push(outside);
  }
  return ports;
}
