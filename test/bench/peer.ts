import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { describeMistakes } from "../../components/findings/describe.ts";
import { isMistake } from "../../components/findings/finding.ts";
import { readTier } from "../../components/reader/tier.ts";
import { projectLabel } from "../../components/plan/package-names.ts";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import type { Service } from "../../components/compose-spec/service.ts";
import { composeFileOf, mapValues } from "../../components/model/compose-file.ts";
import { modelOf } from "../../components/model/model.ts";
import { settings } from "../../systems/super-agent-team/settings.ts";
import { tiers } from "../../systems/super-agent-team/tiers/stack.ts";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { benchFolder } from "./results.ts";

/** The peers' Compose files and routes; nothing of it is left. */
const peerFolder = join(benchFolder, "peer");

const dbPassword = "superteam_secret";

/**
 * The same services as a stack of ours, for Docker Compose: from the same definitions, with the same images, networks,
 * volumes and ports. It carries our stack's label, by which the stack's reaper finds and removes it.
 */
export class Peer {
  /** Compose project name. */
  readonly project: string;
  private readonly file: string;

  private constructor(project: string, file: string) {
    this.project = project;
    this.file = file;
  }

  /**
   * @param stack Project name of our stack, which is up: its images are taken.
   * @param tuned Whether health checks begin at once, as ours do, and not after a whole interval.
   */
  static async ofStack(
    stack: string,
    services: NonNullable<Definitions["services"]>,
    tuned: boolean,
  ): Promise<Peer> {
    const project = `${stack}-peer`;
    const routes = join(peerFolder, "routes", project);
    await copyRoutes(stack, routes);
    const whole = definition(project, routes, services);
    const running = await imagesOf(stack);
    const missing = Object.keys(running).filter((service) => whole.services?.[service] === undefined);
    // Half a stack would be quick.
    if (missing.length > 0) throw new Error(`Compose would bring up no ${missing.join(", ")}`);
    const built = Object.entries(running).filter(([name]) => whole.services?.[name]?.build !== undefined);
    return Peer.write(stack, project, whole, await tagged(project, built), tuned);
  }

  /** Of a project that is a Compose file already. */
  static async ofFile(stack: string, definition: Definitions): Promise<Peer> {
    return Peer.write(stack, `${stack}-peer`, definition, {}, true);
  }

  private static async write(
    stack: string,
    project: string,
    definition: Definitions,
    images: Readonly<Record<string, string>>,
    tuned: boolean,
  ): Promise<Peer> {
    await mkdir(peerFolder, { recursive: true });
    const file = join(peerFolder, `${project}${tuned ? "-tuned" : ""}.yml`);
    await writeFile(
      file,
      dump(composeFile(stack, definition, images, tuned), { skipInvalid: true, noRefs: true }),
    );
    return new Peer(project, file);
  }

  /** Changes a service's environment, as far as there is a `BENCH_RUN` in it. */
  async setRun(run: string): Promise<void> {
    const text = await readFile(this.file, "utf8");
    await writeFile(this.file, text.replace(/BENCH_RUN: .*/, `BENCH_RUN: ${JSON.stringify(run)}`));
  }

  /** Runs `docker compose <args>` on the project, whatever its end. */
  async compose(...args: readonly string[]): Promise<Finished> {
    const whole = ["compose", "-p", this.project, "-f", this.file, ...args];
    return runCommand("docker", whole, { cwd: directory, env: { DB_PASSWORD: dbPassword } });
  }

  /** Takes the project down, and removes the volumes that Compose leaves behind. */
  async takeDown(down: () => Promise<unknown>): Promise<void> {
    const left = await this.namelessVolumes();
    await down();
    if (left.length > 0) await docker("volume", "rm", ...left);
  }

  /** Volumes that images declare and nobody has named. */
  private async namelessVolumes(): Promise<readonly string[]> {
    const filter = `label=com.docker.compose.project=${this.project}`;
    const list = ["ps", "--all", "--no-trunc", "--format", "{{.Mounts}}", "--filter", filter];
    return (await docker(...list)).split(/[\n,]/).filter((name) => /^[0-9a-f]{64}$/.test(name));
  }
}

/** Removes the peers' Compose files and routes. */
export async function removePeers(): Promise<void> {
  await rm(peerFolder, { recursive: true, force: true });
}

/** Super Agent Team as index.ts has it. */
function definition(
  project: string,
  routesDirectory: string,
  services: NonNullable<Definitions["services"]>,
): Definitions {
  const args = settings.parse({ dashboard: "true", logLevel: "debug" });
  const secrets = ["dbPassword"];
  const place = { project, directory: join(directory, "systems", "super-agent-team"), secrets };
  const read = tiers({ ...args, project, routesDirectory, target: "engine" }).map((tier) =>
    readTier(tier, place),
  );
  const override = { file: "", definitions: { services }, reset: [] };
  const { model, mistakes } = modelOf({ tiers: read, override, secrets });
  const all = [...read.flatMap(({ findings }) => findings), ...mistakes].filter(isMistake);
  if (all.length > 0) throw new Error(describeMistakes(all));
  return composeFileOf(model, place);
}

function composeFile(
  stack: string,
  { services = {}, networks = {}, volumes = {}, ...rest }: Definitions,
  images: Readonly<Record<string, string>>,
  tuned: boolean,
): Definitions {
  const labels = { [projectLabel]: stack };
  const labelled = <T extends object>(parts: Readonly<Record<string, T>>) =>
    mapValues(parts, (part) => ({ ...part, labels }));
  return {
    ...rest,
    services: labelled(
      Object.fromEntries(
        Object.entries(services).map(([name, service]) => [
          name,
          composeService(service, images[name], tuned),
        ]),
      ),
    ),
    networks: labelled(networks),
    volumes: labelled(volumes),
  };
}

function composeService(service: Service, image: string | undefined, tuned: boolean): Service {
  const { build, ...rest } = service;
  const check = service.healthcheck;
  return {
    ...rest,
    ...(image === undefined ? { build } : { image }),
    ...(tuned && check !== undefined ? { healthcheck: { ...check, start_interval: "250ms" } } : {}),
  };
}

/** The image of each service of a stack that is up. */
async function imagesOf(stack: string): Promise<Record<string, string>> {
  const list = ["ps", "--all", `--filter=label=${projectLabel}=${stack}`];
  const output = await docker(...list, '--format={{.Label "com.docker.compose.service"}} {{.Image}}');
  return Object.fromEntries(lines(output).map((line) => line.split(" ") as [string, string]));
}

/** Gives images names that outlive the stack's `destroy`; the stack's reaper removes them by those. */
async function tagged(
  project: string,
  built: readonly (readonly [service: string, image: string])[],
): Promise<Record<string, string>> {
  const images: Record<string, string> = {};
  for (const [service, image] of built) {
    images[service] = `${project}-${service}:bench`;
    await docker("tag", image, images[service]);
  }
  return images;
}

/** Our routes, which lead to our containers, with the services' names in their place. */
async function copyRoutes(stack: string, to: string): Promise<void> {
  const from = join(directory, ".state", "routes", stack);
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    const text = await readFile(join(from, file), "utf8");
    const servers = new RegExp(`http://${stack}-([a-z-]+)-\\d+[^:/]*:`, "g");
    await writeFile(join(to, file), text.replace(servers, "http://$1:"));
  }
}
