import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "../../scripts/paths.mjs";
import { runCommand, type Finished } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
import { startReaper } from "../fixture/reaper.ts";
import { until } from "../fixture/until.ts";
import { clear } from "./clear.ts";
import type { Compose } from "../fixture/compose-oracle/composes.ts";
import { sharedName } from "./projects.ts";

const state = join(stateFolder, "parity");

/**
 * What all parity projects stand on: their image, and a network, a volume and a container that are none of theirs, and
 * the Pulumi program that brings all of them up. There is one on an engine, since the projects' names, ports and
 * subnets are written in their files.
 */
export class Bench {
  private readonly reaper = startReaper(join(import.meta.dirname, "reap.ts"), [state]);

  static async create(say: (line: string) => void): Promise<Bench> {
    await untilAlone(say);
    const bench = new Bench();
    try {
      await clear();
      await docker("build", "--quiet", "--tag", sharedName, join(import.meta.dirname, "image"));
      await docker("volume", "create", sharedName);
      await docker("run", "--detach", "--name", sharedName, "--network", sharedName, sharedName);
      await mkdir(state, { recursive: true });
      const { code, output } = await bench.pulumi(["stack", "init"]);
      if (code !== 0) throw new Error(output);
    } catch (error) {
      await bench.remove();
      throw error;
    }
    return bench;
  }

  /** Runs `pulumi` on the program that brings up all parity projects, whatever its end. */
  async pulumi(args: readonly string[], compose?: Compose): Promise<Finished> {
    return runCommand("pulumi", [...args, "--stack", "dev", "--non-interactive"], {
      cwd: join(import.meta.dirname, "program"),
      env: {
        PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE: "",
        // The state is written once, at the end, and not after each of some two thousand steps.
        PULUMI_EXPERIMENTAL: "true",
        PULUMI_SKIP_CHECKPOINTS: "true",
        ...compose?.environment,
      },
    });
  }

  /** Why the program refused projects, by their name. */
  async refused(): Promise<Readonly<Record<string, string>>> {
    const { code, output } = await this.pulumi(["stack", "output", "refused", "--json"]);
    return code === 0 ? (JSON.parse(output) as Record<string, string>) : {};
  }

  /** Leaves nothing of it on the engine. */
  async remove(): Promise<void> {
    await this.reaper.end();
  }
}

/** The shared network is the lock: the engine makes no second one of its name. */
async function untilAlone(say: (line: string) => void): Promise<void> {
  const create = ["network", "create", sharedName];
  let said = false;
  await until(
    `another run of the parity suite ends (if there is none: docker network rm -f ${sharedName})`,
    async () => {
      const { code, output } = await runCommand("docker", create, { cwd: import.meta.dirname });
      if (code === 0) return true;
      if (!output.includes("already exists")) throw new Error(output);
      if (!said) say(`waits for another run of the parity suite, which has the network ${sharedName}`);
      said = true;
      return false;
    },
    900_000,
  );
}
