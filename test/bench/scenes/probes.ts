import { join } from "node:path";
import { docker } from "../../fixture/docker.ts";
import { lines, runCommand } from "../../fixture/command.ts";
import { directory } from "../../fixture/stack.ts";
import { systems } from "../measures.ts";
import type { Probe } from "../probe-once.ts";
import { must, type Recorder } from "../recorder.ts";

/** Where a system's stack is, and what it wants from outside. */
interface Place {
  readonly folder: string;
  readonly stack: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A network that the system shares with others, and does not make. */
  readonly network?: string;
}

const passphrase = { PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own" };

const places: Readonly<Record<(typeof systems)[number], Place>> = {
  "super-agent-team": { folder: ".", stack: "dev" },
  ichrisbirch: {
    folder: "systems/ichrisbirch",
    stack: "ci",
    environment: {
      ...passphrase,
      AWS_ACCESS_KEY_ID: "none",
      AWS_SECRET_ACCESS_KEY: "none-at-all",
      AWS_SESSION_TOKEN: "none-whatever",
    },
  },
  "trading-platform": { folder: "systems/trading-platform", stack: "dev" },
  contravento: { folder: "systems/contravento", stack: "local" },
  hercules: {
    folder: "systems/hercules",
    stack: "dev",
    network: "hercules-network",
    environment: {
      ...passphrase,
      DB_PASSWORD: "a database's",
      REDIS_PASSWORD: "a cache's",
      JWT_SECRET: "a-token-of-32-characters-or-more",
    },
  },
};

const probeOnce = join(import.meta.dirname, "..", "probe-once.ts");

/** The processor time of the health checks of each system, in a throw-away stack. */
export async function healthChecks(recorder: Recorder): Promise<void> {
  for (const system of systems) {
    if (!recorder.wants(`probe-${system}`)) continue;
    const { folder, stack, environment = {}, network } = places[system];
    const networks = lines(await docker("network", "ls", "--format", "{{.Name}}"));
    const missing = network !== undefined && !networks.includes(network) ? [network] : [];
    for (const name of missing) await docker("network", "create", name);
    const options = ["--cwd", folder, "--stack", stack, "--"];
    const command = ["node", "--conditions=pulumi-compose-source", probeOnce, String(recorder.pairs)];
    try {
      const finished = await runCommand("pulumi-compose", ["test", ...options, ...command], {
        cwd: directory,
        env: environment,
      });
      must(`the health checks of ${system}`, finished);
      const line = lines(finished.output).find((line) => line.startsWith('{"service"'));
      const { service, check, nothing } = JSON.parse(line ?? "") as Probe;
      console.log(`${system}: the dearest health check is that of ${service}`);
      for (const run of check) recorder.take("ours", [`probe-${system}`], run);
      for (const run of nothing) recorder.take("peer", [`probe-${system}`], run);
    } finally {
      for (const name of missing) await docker("network", "rm", name);
    }
  }
}
