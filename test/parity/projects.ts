import { readdirSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import type { ComposeProject } from "../fixture/compose-oracle/through-compose.ts";

/** A Compose project that is brought up twice: by Compose, and by this program. */
export interface ParityProject extends Omit<ComposeProject, "project" | "shared"> {
  /** What it covers; `parity-<name>` is its name on the engine. */
  readonly name: string;
}

/** Name of the image, and of the network, the volume and the container that are none of the projects' own. */
export const sharedName = "super-team-parity";

const projectsDirectory = join(import.meta.dirname, "projects");

/** What every project may interpolate. */
const environment = {
  PARITY_BRANCH: "main",
  PARITY_ARCHITECTURE: arch() === "x64" ? "amd64" : arch(),
};

/** What differs from one file without profiles: `<name>.yaml`, or `<name>/compose.yaml`. */
const particulars: Readonly<Record<string, Partial<ParityProject>>> = {
  configs: { paths: ["/from-file", "/from-content", "/from-environment", "/etc/app"] },
  "depends-on-conditions": { canWait: false },
  "healthcheck-disabled": { canWait: false },
  "image-defaults-overridden": { canWait: false },
  "interpolation-environment": { environment: { ...environment, COLOUR: "from the environment" } },
  "one-shot": { canWait: false },
  override: { files: ["compose.yaml", "compose.override.yaml"] },
  "override-tags": { files: ["compose.yaml", "reset.yaml"] },
  profiles: { profiles: ["workers", "observability"] },
  secrets: { paths: ["/run/secrets", "/etc/app"] },
  "three-files": {
    files: ["compose.yaml", "compose.test.yaml", "compose.ci.yaml"],
    profiles: ["fixtures"],
  },
  "volumes-subpath": { canWait: false },
  "web-application": { canWait: false },
};

/**
 * Every project below `projects/`, in the order of their names.
 *
 * @param only Names to choose; empty for all.
 */
export function parityProjects(only: readonly string[] = []): ParityProject[] {
  const all = readdirSync(projectsDirectory, { withFileTypes: true }).flatMap((entry): ParityProject[] => {
    // What several projects mount.
    if (entry.name === "files") return [];
    const name = entry.name.replace(/\.yaml$/, "");
    return [
      {
        name,
        directory: entry.isDirectory() ? join(projectsDirectory, name) : projectsDirectory,
        files: [entry.isDirectory() ? "compose.yaml" : entry.name],
        profiles: [],
        environment,
        canWait: true,
        paths: [],
        ...particulars[name],
      },
    ];
  });
  const names = all.map(({ name }) => name);
  const unknown = [...only, ...Object.keys(particulars)].filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such parity project: ${unknown.join(", ")}`);
  return all
    .filter(({ name }) => only.length === 0 || only.includes(name))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Compose project name: what every name on the engine starts with. */
export function nameOnTheEngine({ name }: Pick<ParityProject, "name">): string {
  return `parity-${name}`;
}

export function onTheEngine(project: ParityProject): ComposeProject {
  return { ...project, project: nameOnTheEngine(project), shared: [sharedName] };
}
