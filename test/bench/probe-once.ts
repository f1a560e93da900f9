import Docker from "dockerode";
import { inspectContainer } from "../fixture/docker.ts";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { loadOfMachine } from "./recorder.ts";
import { medianSeconds, type Run } from "./statistics.ts";

/**
 * `node probe-once.ts <runs>`, as the command of `pulumi-compose test`: prints what the dearest health check of an
 * application of the stack costs, by turns with an `exec` of `true` in the same container, as a line of JSON.
 */
const together = 5;

export interface Probe {
  readonly service: string;
  readonly check: readonly Run[];
  readonly nothing: readonly Run[];
}

const engine = new Docker();

/** A container's processor time since its start, in seconds. */
async function processorTime(container: string): Promise<number> {
  const { cpu_stats } = await engine.getContainer(container).stats({ stream: false, "one-shot": true });
  return cpu_stats.cpu_usage.total_usage / 1e9;
}

/** The processor time that a command takes in a container, with what answers it there. */
async function costOf(container: string, command: readonly string[]): Promise<Run> {
  const load = loadOfMachine();
  const before = await processorTime(container);
  for (let run = 0; run < together; run += 1) {
    const { code, output } = await runCommand("docker", ["exec", container, ...command], { cwd: directory });
    if (code !== 0) throw new Error(`${container}: ${command.join(" ")} ended with ${code}: ${output}`);
  }
  const seconds = ((await processorTime(container)) - before) / together;
  return { seconds: Math.round(seconds * 10_000) / 10_000, load };
}

async function costs(service: string, container: string, runs: number): Promise<Probe | undefined> {
  const { Config: config } = await inspectContainer(container);
  const [kind = "NONE", ...words] = config.Healthcheck?.Test ?? [];
  // Of the system's own applications: how Traefik or PostgreSQL tell of themselves is theirs.
  const isOwn = config.Image.startsWith(`${config.Labels["com.docker.compose.project"]}-`);
  if (kind === "NONE" || !isOwn) return undefined;
  const command = kind === "CMD" ? words : ["/bin/sh", "-c", ...words];
  const check: Run[] = [];
  const nothing: Run[] = [];
  for (let run = 0; run < runs; run += 1) {
    check.push(await costOf(container, command));
    nothing.push(await costOf(container, ["true"]));
  }
  return { service, check, nothing };
}

const { services } = JSON.parse(process.env.PULUMI_COMPOSE_TEST ?? "{}") as {
  readonly services: Readonly<Record<string, { readonly container: string }>>;
};
const beyond = ({ check, nothing }: Probe) => (medianSeconds(check) ?? 0) - (medianSeconds(nothing) ?? 0);
const found: Probe[] = [];
for (const [service, { container }] of Object.entries(services)) {
  const probe = await costs(service, container, Number(process.argv[2]));
  if (probe !== undefined) found.push(probe);
}
found.sort((one, other) => beyond(other) - beyond(one));
console.log(JSON.stringify(found[0]));
