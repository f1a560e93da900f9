import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { Service } from "../../../components/compose-spec/service.ts";
import type { Finished } from "../../fixture/command.ts";
import { TestStack } from "../../fixture/stack.ts";
import { until } from "../../fixture/until.ts";
import type { MeasureName } from "../measures.ts";
import { watchMemory } from "../memory.ts";
import { Peer, removePeers } from "../peer.ts";
import { must, type Recorder } from "../recorder.ts";

const common: Service = {
  restart: "unless-stopped",
  stop_grace_period: "10s",
  deploy: { resources: { limits: { memory: "64M" } } },
};

// Docker's own interval: 200 services that were probed more often would keep two processors busy by that alone.
const healthcheck = { interval: "30s", timeout: "5s", retries: 3, start_period: "10s" };

/** Starts at once, and answers its health check by itself. */
const light: Service = {
  ...common,
  image: "redis:7-alpine",
  command: ["redis-server", "--save", ""],
  // In place of the image's own volume, so that what is measured are containers.
  tmpfs: ["/data"],
  healthcheck: { ...healthcheck, test: ["CMD-SHELL", "redis-cli ping | grep PONG"] },
};

/** Nothing but its health check takes processor time, which an interpreter of Python's takes much of. */
const withPython: Service = {
  ...common,
  image: "super-team/streamlit:1.67.0",
  entrypoint: ["sleep", "infinity"],
  healthcheck: { ...healthcheck, test: ["CMD", "python3", "-c", "import urllib.request"] },
};

/** Stacks of many equal services, each brought up and taken down once a pair on either side. */
export async function generatedStacks(recorder: Recorder): Promise<void> {
  for (const size of [10, 20, 50, 100] as const) await stackOf(recorder, size, light, [`light-${size}`]);
  await stackOf(recorder, 200, light, ["light-200", "preview-200"]);
  await stackOf(recorder, 100, withPython, ["python-100"]);
}

async function stackOf(
  recorder: Recorder,
  size: number,
  service: Service,
  names: readonly MeasureName[],
): Promise<void> {
  if (!recorder.wants(...names)) return;
  console.log(`${size} generated services`);
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const keys = Array.from({ length: size }, (_, index) => `service-${index + 1}`);
  const definition = { services: Object.fromEntries(keys.map((key) => [key, service])) };
  await writeFile(join(folder, "compose.yaml"), dump(definition, { noRefs: true }));
  const environment = { BENCH_DIRECTORY: folder };
  const stack = await TestStack.create({ folder: "test/bench/generated", environment });
  try {
    const peer = await Peer.ofFile(stack.project, definition);
    await recorder.inPairs(async () => {
      await withMemory(recorder, stack, names.slice(0, 1), ["up", "--yes"], failedGates);
      if (names.includes("preview-200") && recorder.wants("preview-200")) {
        // Nobody previews in the second in which 200 services have started.
        const calm = 3 * availableParallelism();
        await until("the load of the starts is over", () =>
          Promise.resolve((loadavg()[0] ?? 0) < calm),
        ).catch((error: unknown) => {
          console.log(error instanceof Error ? error.message : error);
        });
        await withMemory(recorder, stack, names.slice(1), ["preview"], (finished) => {
          must("the preview", finished);
          return {};
        });
      }
      must("destroy", await stack.command("destroy", "--yes"));
      if (!recorder.wants(...names.slice(0, 1))) return;
      const up = () => peer.compose("up", "-d", "--wait");
      // Compose ends with the first container that is not healthy.
      await recorder.timed("peer", names.slice(0, 1), up, ({ code }) => ({ failed: code === 0 ? 0 : 1 }));
      must("docker compose down", await peer.compose("down"));
    });
  } finally {
    await stack.down();
    await removePeers();
    await rm(folder, { recursive: true });
  }
}

async function withMemory(
  recorder: Recorder,
  stack: TestStack,
  names: readonly MeasureName[],
  words: readonly string[],
  tell: (finished: Finished) => { readonly failed?: number },
): Promise<void> {
  const memory = watchMemory(stack.name);
  try {
    await recorder.timed(
      "ours",
      names,
      () => stack.command(...words),
      async (finished) => {
        const megabytes = await memory.end();
        return {
          ...tell(finished),
          ...(megabytes === undefined ? {} : { megabytes: Math.round(megabytes) }),
        };
      },
    );
  } finally {
    await memory.end();
  }
}

/** Each gate that failed is an error with its service's name in front. */
function failedGates({ code, output }: Finished): { readonly failed: number } {
  const failed = new Set([...output.matchAll(/error: (service-\d+)\b/g)].map(([, service]) => service));
  if (code !== 0 && failed.size === 0) throw new Error(`pulumi-compose up ended with ${code}:\n${output}`);
  return { failed: failed.size };
}
