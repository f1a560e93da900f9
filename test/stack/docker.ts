import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { ContainerInspectInfo, NetworkInspectInfo } from "dockerode";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

/**
 * The engine as a user asks it, through Docker's own command line: independent of what is tested.
 *
 * @returns The command's output.
 */
export async function docker(...args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand("docker", args, { cwd: directory });
  if (code !== 0) throw new Error(`docker ${args.join(" ")}: ${output}`);
  return output;
}

export async function inspectContainer(name: string): Promise<ContainerInspectInfo> {
  const [container] = JSON.parse(await docker("container", "inspect", name)) as ContainerInspectInfo[];
  if (container === undefined) throw new Error(`no container ${name}`);
  return container;
}

export async function inspectNetwork(name: string): Promise<NetworkInspectInfo> {
  const [network] = JSON.parse(await docker("network", "inspect", name)) as NetworkInspectInfo[];
  if (network === undefined) throw new Error(`no network ${name}`);
  return network;
}

/** Container ids of a Compose project by service, whatever their state. */
export async function containerIds(project: string): Promise<Record<string, string>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.ID}}';
  const filter = `label=com.docker.compose.project=${project}`;
  const list = await docker("ps", "--all", "--no-trunc", "--format", format, "--filter", filter);
  return Object.fromEntries(
    lines(list)
      .map((line) => line.split(" "))
      .sort(([one = ""], [other = ""]) => one.localeCompare(other)) as [string, string][],
  );
}

/** A line a container of a Compose project: its service, and its state as `docker ps` says it. */
export async function serviceStates(project: string): Promise<string[]> {
  const format = '{{.Label "com.docker.compose.service"}} {{.Status}}';
  const filter = `label=com.docker.compose.project=${project}`;
  return lines(await docker("ps", "--all", "--format", format, "--filter", filter));
}

/** Everything on the engine whose name starts with a project's, or that carries its label. */
export async function leftOf(project: string): Promise<string[]> {
  const label = ["--filter", `label=com.docker.compose.project=${project}`];
  const lists = await Promise.all([
    docker("ps", "--all", "--format", "{{.Names}}"),
    docker("network", "ls", "--format", "{{.Name}}"),
    docker("volume", "ls", "--format", "{{.Name}}"),
    docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}"),
    docker("ps", "--all", "--format", "{{.Names}}", ...label),
    docker("network", "ls", "--format", "{{.Name}}", ...label),
    docker("volume", "ls", "--format", "{{.Name}}", ...label),
  ]);
  const named = lists.slice(0, 4).flatMap((list) => lines(list).filter((name) => belongsTo(name, project)));
  return [...new Set([...named, ...lists.slice(4).flatMap(lines)])].sort();
}

function belongsTo(name: string, project: string): boolean {
  return name.startsWith(`${project}-`) || name.startsWith(`${project}_`);
}

/** The lines of a command's output. */
export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** What happened to one service's container. */
export interface ServiceEvent {
  readonly service: string;
  /** Its container's id. */
  readonly container: string;
  /** `create`, `start`, `die`, `health_status: healthy`, … */
  readonly action: string;
  /** Of `die`. */
  readonly exitCode: string | undefined;
}

/**
 * Runs something and notes what happens to a project's containers meanwhile, in the order in which the engine tells it.
 */
export async function eventsDuring(
  project: string,
  run: () => Promise<unknown>,
): Promise<readonly ServiceEvent[]> {
  const args = ["events", "--filter", "type=container", "--filter", "type=volume", "--format", "{{json .}}"];
  // From this moment on, so that nothing is lost until it listens. Not "0s": that is the present second's beginning.
  const now = new Date().toISOString();
  const child = spawn("docker", [...args, "--since", now], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  const closed = new Promise((resolve) => child.once("close", resolve));
  try {
    await run();
    // The engine tells of this one behind all that was before.
    const last = await docker("volume", "create", `end-of-events-${randomUUID()}`);
    await docker("volume", "rm", last.trim());
    await until("the engine has told of all", () => Promise.resolve(text.includes(last.trim())));
  } finally {
    child.kill();
    await closed;
  }
  // The line after may be half there.
  const told = text.slice(0, text.lastIndexOf("\n"));
  return lines(told).flatMap((line) => {
    const { Action: action, Actor: actor } = JSON.parse(line) as {
      Action: string;
      Actor: { ID: string; Attributes: Record<string, string> };
    };
    const labels = actor.Attributes;
    if (labels["com.docker.compose.project"] !== project) return [];
    const service = labels["com.docker.compose.service"] ?? "";
    return [{ service, container: actor.ID, action, exitCode: labels.exitCode }];
  });
}

/** A service has started when all it depends on were ready: healthy, or, the job among them, ended with exit code 0. */
export function assertStartedBehind(
  events: readonly ServiceEvent[],
  service: string,
  dependencies: readonly string[],
  job: string,
): void {
  const started = events.findIndex((event) => event.service === service && event.action === "start");
  assert.ok(started >= 0);
  for (const dependency of dependencies) {
    const ready = events.findIndex(
      ({ service: name, action, exitCode }) =>
        name === dependency &&
        (dependency === job ? action === "die" && exitCode === "0" : action === "health_status: healthy"),
    );
    assert.ok(ready >= 0 && ready < started, `${dependency}: ${ready}, ${service}: ${started}`);
  }
}
