import { join } from "node:path";
import { runCommand } from "../../fixture/command.ts";
import { directory } from "../../fixture/stack.ts";
import { loadOfMachine, must, type Recorder } from "../recorder.ts";

const swarmOnce = join(import.meta.dirname, "..", "swarm-once.ts");

/** Plan, checks, preview and gates of a stack in a swarm, without an engine. Beside them, the same of half as many services. */
export async function gatesOfSwarm(recorder: Recorder): Promise<void> {
  if (!recorder.wants("swarm-500")) return;
  const once = async (services: number) => {
    const load = loadOfMachine();
    const args = ["--conditions=pulumi-compose-source", swarmOnce, String(services)];
    const finished = await runCommand("node", args, { cwd: directory });
    must(`${services} services in a swarm`, finished);
    return { ...(JSON.parse(finished.output) as { seconds: number; megabytes: number }), load };
  };
  await recorder.inPairs(async () => {
    recorder.take("ours", ["swarm-500"], await once(500));
    recorder.take("peer", ["swarm-500"], await once(250));
  });
}
