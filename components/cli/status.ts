import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ContainerInfo } from "dockerode";
import { containersOf } from "../engine/inventory.ts";
import { labelValue, tierLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import { tierNames } from "../../systems/super-agent-team/tiers/defaults.ts";
import { environment } from "./environment.mjs";
import { exitWith } from "./exit-code.mjs";
import { choose, commandFor, type Choice } from "./project.mjs";
import { table } from "./table.ts";

/**
 * `npm run status [-- [<project folder>] [<stack>]]`: what runs of a stack, by tier. The engine says how it is, the
 * stack's outputs say where it is reached.
 */
await exitWith(async () => {
  await show(choose(process.argv.slice(2)));
  return 0;
});

async function show({ project, stack }: Choice): Promise<void> {
  const [containers, urls] = await Promise.all([
    containersOf(projectName(project.name, stack)),
    serviceUrls(project.directory, stack),
  ]);
  if (containers.length === 0) {
    const up = commandFor("up", project, stack);
    console.log(`Nothing of ${stackIn(project, stack)} is on the engine. Bring it up: ${up}`);
    return;
  }
  const heading = ["TIER", "SERVICE", "CONTAINER", "STATE", "HEALTH", "PORTS", "URL"];
  const rows = containers
    .toSorted(
      (one, other) =>
        rank(tier(one)) - rank(tier(other)) ||
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
      urls[service(container)] ?? "",
    ]);
  console.log(table([heading, ...rows]));
}

function stackIn({ folder }: Choice["project"], stack: string): string {
  return folder === "" ? `the stack ${stack}` : `the stack ${stack} of ${folder}`;
}

/** Where a tier is shown. Other projects' have no order but that of their names. */
function rank(name: string): number {
  const index = tierNames.indexOf(name);
  return index === -1 ? tierNames.length : index;
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

async function serviceUrls(cwd: string, stack: string): Promise<Readonly<Record<string, string>>> {
  try {
    const args = ["stack", "output", "services", "--json", "--stack", stack];
    const { stdout } = await promisify(execFile)("pulumi", args, { cwd, env: environment() });
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
