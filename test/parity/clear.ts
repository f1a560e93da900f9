import { lines, runCommand } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { nameOnTheEngine, parityProjects, sharedName } from "./projects.ts";

/**
 * Removes whatever Compose or this program has made of the parity projects.
 *
 * @returns Whether there was nothing to remove.
 */
export async function clear(): Promise<boolean> {
  const projects = new Set(parityProjects().map(nameOnTheEngine));
  const removed = [
    await remove("container", projects, ["ls", "--all"], ["rm", "--force", "--volumes"]),
    await remove("network", projects, ["ls"], ["rm"]),
    await remove("volume", projects, ["ls"], ["rm", "--force"]),
  ];
  return removed.every((count) => count === 0);
}

/** By Compose's label, which both set. */
async function remove(
  kind: string,
  projects: ReadonlySet<string>,
  list: readonly string[],
  take: readonly string[],
): Promise<number> {
  const label = "com.docker.compose.project";
  const format = `{{.Label "${label}"}} {{if eq "${kind}" "volume"}}{{.Name}}{{else}}{{.ID}}{{end}}`;
  const printed = await docker(kind, ...list, "--filter", `label=${label}`, "--format", format);
  const ids = lines(printed).flatMap((line) => {
    const [project = "", id = ""] = line.split(" ");
    return projects.has(project) ? [id] : [];
  });
  // One that has gone meanwhile is no failure; what stays is met again.
  if (ids.length > 0) await runCommand("docker", [kind, ...take, ...ids], { cwd: import.meta.dirname });
  return ids.length;
}

/** Removes the images that were built for the projects, the projects' common ground, and with it the lock. */
export async function clearShared(): Promise<void> {
  const references = ["parity-*", `${sharedName}-*`, sharedName].map((name) => `--filter=reference=${name}`);
  const images = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", ...references);
  const steps = [
    ["container", "rm", "--force", "--volumes", sharedName],
    ["volume", "rm", "--force", sharedName],
    ["image", "rm", "--force", ...lines(images)],
    ["network", "rm", sharedName],
  ];
  for (const args of steps) await runCommand("docker", args, { cwd: import.meta.dirname });
}
