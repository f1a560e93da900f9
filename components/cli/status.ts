import type { Command } from "commander";
import type { ContainerInfo } from "dockerode";
import { containersOf } from "../engine/inventory.ts";
import { commandFor } from "../local/command-for.ts";
import { labelValue, tierLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./choose-stack.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { addressesIn, exportState, tiersIn } from "./stack-state.ts";
import { table } from "./table.ts";

/** What runs of a stack, by tier. The engine says how it is, the stack's state says where it is reached. */
export function statusCommand(): Command {
  return stackCommand(
    "status",
    "show the services of the stack by tier: state, health, ports, address",
  ).action(async (_options: object, command: Command) => {
    const target = await targetOf(command);
    await need(engine);
    await showStatus(target);
  });
}

export async function showStatus(target: Target): Promise<void> {
  const { program, stack } = target;
  const [containers, state] = await Promise.all([
    containersOf(projectName(program.name, stack)),
    exportState(target),
  ]);
  if (containers.length === 0) {
    const up = commandFor(program.directory, stack, "up");
    console.log(`Nothing of the stack ${stack} of ${program.name} is on the engine. Bring it up: ${up}`);
    return;
  }
  const tiers = tiersIn(state);
  const rank = (container: ContainerInfo) => {
    const place = tiers.indexOf(tier(container));
    return place === -1 ? tiers.length : place;
  };
  const addresses = addressesIn(state);
  const rows = containers
    .toSorted(
      (one, other) =>
        rank(one) - rank(other) ||
        tier(one).localeCompare(tier(other)) ||
        service(one).localeCompare(service(other)),
    )
    .map((container) => [
      tier(container),
      service(container),
      container.Names[0]?.slice(1) ?? "",
      /^Exited \(\d+\)/.exec(container.Status)?.[0].toLowerCase() ?? container.State,
      /\((.*)\)/.exec(container.State === "running" ? container.Status : "")?.[1] ?? "-",
      ports(container),
      addresses[service(container)] ?? "",
    ]);
  console.log(table([["TIER", "SERVICE", "CONTAINER", "STATE", "HEALTH", "PORTS", "URL"], ...rows]));
}

function tier(container: ContainerInfo): string {
  return labelValue(container.Labels, tierLabel) ?? "";
}

function service(container: ContainerInfo): string {
  return container.Labels["com.docker.compose.service"] ?? "";
}

function ports(container: ContainerInfo): string {
  const published = container.Ports.filter(({ PublicPort }) => PublicPort as number | undefined);
  return [...new Set(published.map((port) => `${port.PublicPort}→${port.PrivatePort}`))].sort().join(" ");
}
