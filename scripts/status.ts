import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ContainerInfo } from "dockerode";
import { containersOf } from "../engine/inventory.ts";
import { tierLabel } from "../model/plan.ts";
import { projectName } from "../model/project-name.ts";
import { tierNames } from "../tiers/defaults.ts";
import { environment } from "./environment.mjs";
import { table } from "./table.ts";

/**
 * `npm run status [-- <stack>]`: what runs of a stack, by tier. The engine says how it is, the stack's outputs say
 * where it is reached.
 */
const stack = process.argv[2] ?? "dev";
const [containers, urls] = await Promise.all([
  containersOf(projectName("super-team", stack)),
  serviceUrls(stack),
]);

if (containers.length === 0) {
  console.log(
    `Nothing of the stack ${stack} is on the engine. Bring it up: npm run up${stack === "dev" ? "" : ` -- ${stack}`}`,
  );
} else {
  const heading = ["TIER", "SERVICE", "STATE", "HEALTH", "PORTS", "URL"];
  const rows = containers
    .toSorted((one, other) => rank(one) - rank(other) || service(one).localeCompare(service(other)))
    .map((container) => [
      container.Labels[tierLabel] ?? "",
      service(container),
      /^Exited \(\d+\)/.exec(container.Status)?.[0].toLowerCase() ?? container.State,
      /\((.*)\)/.exec(container.State === "running" ? container.Status : "")?.[1] ?? "-",
      ports(container),
      urls[service(container)] ?? "",
    ]);
  console.log(table([heading, ...rows]));

  function rank(container: ContainerInfo): number {
    return tierNames.indexOf(container.Labels[tierLabel] ?? "");
  }
}

function service(container: ContainerInfo): string {
  return container.Labels["com.docker.compose.service"] ?? "";
}

function ports(container: ContainerInfo): string {
  const published = container.Ports.filter(({ PublicPort }) => PublicPort as number | undefined);
  return [...new Set(published.map((port) => `${port.PublicPort}→${port.PrivatePort}`))].sort().join(" ");
}

async function serviceUrls(name: string): Promise<Readonly<Record<string, string>>> {
  try {
    const args = ["stack", "output", "services", "--json", "--stack", name];
    const { stdout } = await promisify(execFile)("pulumi", args, { env: environment() });
    const services = JSON.parse(stdout) as Record<string, { url?: string; ports?: Record<string, string> }>;
    return Object.fromEntries(
      Object.entries(services).map(([key, { url, ports: bound = {} }]) => {
        const [first] = Object.values(bound);
        return [key, url ?? (first === undefined ? "" : first)];
      }),
    );
  } catch {
    // No stack of that name yet, or one that never came up: there are no outputs to show.
    return {};
  }
}
