import { join } from "node:path";
import { runCommand } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { until } from "../fixture/until.ts";
import type { Compose } from "./composes.ts";
import { observe, type Observed } from "./observe.ts";
import { nameOnTheEngine, type ParityProject } from "./projects.ts";

/** How many projects are brought up by Compose at a time. */
const atOnce = 3;

/** Brings each project up with Compose, looks at it, and takes it down. */
export async function throughCompose(
  compose: Compose,
  projects: readonly ParityProject[],
  say: (line: string) => void,
): Promise<Map<string, Observed>> {
  const observed = new Map<string, Observed>();
  const queue = [...projects];
  const work = async () => {
    for (let project = queue.shift(); project !== undefined; project = queue.shift()) {
      observed.set(project.name, await observedThrough(compose, project));
      if (observed.size % 10 === 0 || observed.size === projects.length) {
        say(`Compose ${compose.version}: ${observed.size} of ${projects.length} projects looked at`);
      }
    }
  };
  // None goes on behind the back of one that has failed.
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return observed;
}

async function observedThrough(compose: Compose, project: ParityProject): Promise<Observed> {
  try {
    await run(compose, project, "up", "--detach", ...(project.canWait ? ["--wait"] : []));
    if (!project.canWait) await until(`${project.name} has settled`, () => hasSettled(project));
    return await observe(project);
  } finally {
    await run(compose, project, "down", "--volumes", "--remove-orphans");
  }
}

/** Jobs have ended, health checks have passed. */
async function hasSettled(project: ParityProject): Promise<boolean> {
  const filter = `label=com.docker.compose.project=${nameOnTheEngine(project)}`;
  const states = await docker("ps", "--all", "--filter", filter, "--format", "{{.State}} {{.Status}}");
  return !/^created|starting\)$/m.test(states.trim());
}

async function run(compose: Compose, project: ParityProject, ...args: readonly string[]): Promise<void> {
  const { name, directory, files, profiles, environment } = project;
  const options = [
    ...["--project-name", nameOnTheEngine(project), "--project-directory", directory],
    ...files.flatMap((file) => ["--file", join(directory, file)]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
  ];
  const { code, output } = await runCommand("docker", ["compose", ...options, ...args], {
    cwd: directory,
    env: { ...environment, ...compose.environment },
  });
  if (code !== 0) throw new Error(`docker compose ${args.join(" ")} of ${name}:\n${output}`);
}
