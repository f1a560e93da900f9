import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { runCommand } from "../../fixture/command.ts";
import { composeFile } from "../project.ts";
import { loadOfMachine, must, type Recorder } from "../recorder.ts";

const planOnce = join(import.meta.dirname, "..", "plan-once.ts");

/**
 * How long a Compose file takes to become a checked plan, by its number of services, each time in a process of its own, as
 * a preview is one. Beside it, what of that is `docker compose config`.
 */
export async function plans(recorder: Recorder): Promise<void> {
  const sizes = ([50, 100, 200, 400] as const).filter((size) => recorder.wants(`plan-${size}`));
  if (sizes.length === 0) return;
  const cwd = await mkdtemp(join(tmpdir(), "bench-plan-"));
  try {
    for (const size of sizes) {
      const file = `compose-${size}.yml`;
      await writeFile(join(cwd, file), dump(composeFile(size)));
      const config = ["compose", "-p", "bench", "-f", file, "config", "--no-consistency"];
      await recorder.inPairs(async () => {
        const load = loadOfMachine();
        const plan = await runCommand("node", ["--conditions=pulumi-compose-source", planOnce, cwd, file], {
          cwd,
        });
        must("the plan", plan);
        recorder.take("ours", [`plan-${size}`], { seconds: Math.round(Number(plan.output)) / 1000, load });
        await recorder.timed("peer", [`plan-${size}`], () => runCommand("docker", config, { cwd }));
      });
    }
  } finally {
    await rm(cwd, { recursive: true });
  }
}
