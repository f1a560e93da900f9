import { lines } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { text, type Json, type Mapping } from "./json.ts";
import { normalised } from "./normalise.ts";
import { nameOnTheEngine, sharedName, type ParityProject } from "./projects.ts";

/** What the engine says of a project: by `container <name>`, `network <name>`, `volume <name>`, `files <name>`. */
export type Observed = Readonly<Record<string, Json>>;

/** Asks the engine, through Docker's own command line, for everything of one project. */
export async function observe(project: ParityProject): Promise<Observed> {
  const filter = `label=com.docker.compose.project=${nameOnTheEngine(project)}`;
  const [containerIds, networkIds, volumeNames] = await Promise.all([
    docker("ps", "--all", "--quiet", "--no-trunc", "--filter", filter).then(lines),
    docker("network", "ls", "--quiet", "--no-trunc", "--filter", filter).then(lines),
    docker("volume", "ls", "--quiet", "--filter", filter).then(lines),
  ]);
  const [containers, networks, volumes, shared] = await Promise.all([
    inspect("container", containerIds),
    inspect("network", networkIds),
    inspect("volume", volumeNames),
    Promise.all([inspect("container", [sharedName]), inspect("network", [sharedName])]),
  ]);
  const ids = new Map([
    ...containers.map((container) => [text(container.Id), `<id of ${nameOf(container)}>`] as const),
    ...[...networks, ...shared.flat()].map((other) => [text(other.Id), `<id of ${nameOf(other)}>`] as const),
    ...containers.map((container) => [text(container.Image), "<image>"] as const),
  ]);
  const files = await Promise.all(
    containers.map(async (container) => [`files ${nameOf(container)}`, await filesIn(container, project)]),
  );
  return Object.fromEntries([
    ...containers.map((container) => [
      `container ${nameOf(container)}`,
      normalised("container", container, ids),
    ]),
    ...networks.map((network) => [`network ${nameOf(network)}`, normalised("network", network, ids)]),
    ...volumes.map((volume) => [`volume ${nameOf(volume)}`, normalised("volume", volume)]),
    ...files.filter(([, content]) => content !== ""),
  ]) as Observed;
}

/** Mode, owner and content of the files that were put into a container. */
async function filesIn(container: Mapping, project: ParityProject): Promise<string> {
  if (project.paths.length === 0) return "";
  const script =
    'find "$@" -type f 2>/dev/null | sort | while read -r f; do stat -c "%n %a %u:%g" "$f"; cat "$f"; done';
  const args = ["exec", "--user", "0", text(container.Id), "sh", "-c", script, "sh", ...project.paths];
  return (await docker(...args)).trim();
}

async function inspect(kind: "container" | "network" | "volume", ids: readonly string[]): Promise<Mapping[]> {
  if (ids.length === 0) return [];
  return JSON.parse(await docker(kind, "inspect", ...ids)) as Mapping[];
}

function nameOf(inspected: Mapping): string {
  return text(inspected.Name).replace(/^\//, "");
}
