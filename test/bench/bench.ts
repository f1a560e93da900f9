import { mkdir, rm, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dump } from "js-yaml";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import type { Service } from "../../components/compose-spec/service.ts";
import { runCommand } from "../fixture/command.ts";
import { startLoad } from "../fixture/load.ts";
import { directory, TestStack } from "../fixture/stack.ts";
import { measures, type MeasureName } from "./measures.ts";
import { peakMemory } from "./memory.ts";
import { Peer } from "./peer.ts";
import { benchFolder, generatedFile, peerFolder } from "./places.ts";
import { htmlReport, textReport, type Result } from "./report.ts";
import type { Lost } from "./statistics.ts";

/*
 * `npm run bench [-- <measure> …] [--pairs n]`: whole commands, ours and Docker Compose's by turns, on stacks of their
 * own. A pair goes through a stack's life once on either side; a first one is not counted, since it fills caches.
 */

/** Starts at once, and answers its health check by itself. */
const lightService: Service = {
  image: "redis:7-alpine",
  command: ["redis-server", "--save", ""],
  // In place of the image's own volume, so that what is measured are containers.
  tmpfs: ["/data"],
  healthcheck: {
    test: ["CMD-SHELL", "redis-cli ping | grep PONG"],
    interval: "10s",
    timeout: "5s",
    retries: 3,
    start_period: "10s",
  },
  restart: "unless-stopped",
  stop_grace_period: "10s",
  deploy: { resources: { limits: { memory: "64M" } } },
};

const { pairs, wanted } = read(process.argv.slice(2));
const taken = new Map<
  MeasureName,
  { ours: number[]; peer: number[]; lost?: { ours: Lost[]; peer: Lost[] } }
>();

await mkdir(benchFolder, { recursive: true });
if (wanted.some((name) => !["fifty", "memory"].includes(name))) await stackOfTen();
if (wanted.some((name) => ["fifty", "memory"].includes(name))) await fiftyServices();
await report();

type Side = "ours" | "peer";

function read(args: readonly string[]): { pairs: number; wanted: readonly MeasureName[] } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { pairs: { type: "string", default: "5" } },
  });
  const names = measures.map(({ name }) => name);
  const wanted = names.filter((name) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.filter((name) => !names.some((known) => known === name));
  const pairs = Number(values.pairs);
  if (unknown.length > 0 || !Number.isInteger(pairs) || pairs < 1) {
    console.error(`npm run bench [-- <measure> …] [--pairs n]\nmeasures: ${names.join(", ")}`);
    process.exit(2);
  }
  return { pairs, wanted };
}

/** Runs something, and takes its time for a measure that is wanted, or for several. */
async function timed(side: Side, names: readonly MeasureName[], work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  take(side, names, (performance.now() - start) / 1000);
}

function take(side: Side, names: readonly MeasureName[], value: number): void {
  for (const name of names.filter((name) => wanted.includes(name))) {
    const runs = runsOf(name);
    runs[side].push(value);
    const unit = name === "memory" ? "MB" : "s";
    const who = side === "ours" ? "pulumi" : "compose";
    console.log(`${name} ${runs[side].length}/${pairs}  ${who}  ${value.toFixed(2)} ${unit}`);
  }
}

function runsOf(name: MeasureName) {
  const runs = taken.get(name) ?? { ours: [], peer: [] };
  taken.set(name, runs);
  return runs;
}

/** The stack dev, on ports of the benchmark's. */
async function stackOfTen(): Promise<void> {
  const gateway = "http://localhost:28190";
  const services = (run: string): NonNullable<Definitions["services"]> => ({
    architect: { ports: [{ target: 8000, published: "28191", host_ip: "127.0.0.1" }] },
    "contract-engine": { ports: [{ target: 8000, published: "28192", host_ip: "127.0.0.1" }] },
    "codebase-intelligence": { ports: [{ target: 8000, published: "28193", host_ip: "127.0.0.1" }] },
    traefik: {
      ports: [
        { target: 80, published: "28190" },
        { target: 8080, published: "28194", host_ip: "127.0.0.1" },
      ],
    },
    "orders-service": { environment: { BENCH_RUN: run } },
  });
  const lives = wanted.includes("no-change") || wanted.includes("update");
  console.log("the stack dev: a first pair, which is not counted");
  const stack = await TestStack.create({ config: "Pulumi.dev.yaml", services: services("0") });
  try {
    await stack.up();
    const seed = await Peer.ofStack(stack.project, services("0"), false);
    const tuned = await Peer.ofStack(stack.project, services("0"), true);
    await destroy(stack);
    await tuned.up();
    await takeDown(tuned);
    for (let pair = 1; pair <= pairs; pair += 1) {
      const ours: readonly MeasureName[] = ["first-up", "first-up-tuned"];
      await timed("ours", ours, () => stack.up());
      if (lives) await timed("ours", ["no-change"], () => stack.up());
      if (wanted.includes("update")) {
        await stack.configure({ services: services(String(pair)) });
        await underLoad("ours", `${gateway}/api/orders`, () => stack.up());
      }
      await timed("ours", ["destroy"], () => destroy(stack));

      await timed("peer", ["first-up-tuned"], () => tuned.up());
      if (lives) await timed("peer", ["no-change"], () => tuned.up());
      if (wanted.includes("update")) {
        await tuned.setRun(String(pair));
        await underLoad("peer", `${gateway}/api/orders`, () => tuned.up());
      }
      await takeDown(tuned, ["destroy"]);

      if (wanted.includes("first-up")) {
        await timed("peer", ["first-up"], () => seed.up());
        await takeDown(seed);
      }
    }
  } finally {
    await stack.down();
    await rm(peerFolder, { recursive: true, force: true });
  }
}

async function underLoad(side: Side, url: string, work: () => Promise<unknown>): Promise<void> {
  // The pause leaves the processors to what is measured.
  const load = startLoad(url, { keepAlive: true, pause: 10 });
  try {
    await timed(side, ["update"], work);
  } finally {
    const { requests, failures } = await load.end();
    const lost = { requests, failed: failures.length };
    const runs = runsOf("update");
    runs.lost ??= { ours: [], peer: [] };
    runs.lost[side].push(lost);
    console.log(`  ${lost.failed} of ${lost.requests} requests failed`);
  }
}

async function fiftyServices(): Promise<void> {
  console.log("50 generated services: a first pair, which is not counted");
  const names = Array.from({ length: 50 }, (_, index) => `service-${String(index + 1).padStart(2, "0")}`);
  const definition = { services: Object.fromEntries(names.map((name) => [name, lightService])) };
  await writeFile(join(benchFolder, generatedFile), dump(definition));
  const stack = await TestStack.create({ folder: "test/bench/fifty" });
  try {
    const peer = await Peer.ofFile(stack.project, definition);
    await stack.up();
    await destroy(stack);
    await peer.up();
    await takeDown(peer);
    for (let pair = 1; pair <= pairs; pair += 1) {
      const peak = await peakMemory(stack.name, () => timed("ours", ["fifty"], () => stack.up()));
      if (peak !== undefined) take("ours", ["memory"], peak);
      await destroy(stack);
      if (wanted.includes("fifty")) {
        await timed("peer", ["fifty"], () => peer.up());
        await takeDown(peer);
      }
    }
  } finally {
    await stack.down();
    await rm(peerFolder, { recursive: true, force: true });
  }
}

async function takeDown(peer: Peer, names: readonly MeasureName[] = []): Promise<void> {
  const left = await peer.namelessVolumes();
  await timed("peer", names, () => peer.down());
  if (left.length > 0) await runCommand("docker", ["volume", "rm", ...left], { cwd: directory });
}

async function destroy(stack: TestStack): Promise<void> {
  const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  if (code !== 0) throw new Error(output);
}

async function report(): Promise<void> {
  const results = measures.flatMap((measure): Result[] => {
    const runs = taken.get(measure.name);
    return runs === undefined || runs.ours.length === 0 ? [] : [{ measure, runs }];
  });
  const { output: compose } = await runCommand("docker", ["compose", "version", "--short"], {
    cwd: directory,
  });
  const { output: engine } = await runCommand("docker", ["version", "--format", "{{.Server.Version}}"], {
    cwd: directory,
  });
  const about = {
    date: new Date().toISOString(),
    pairs,
    processors: cpus().length,
    engine: engine.trim(),
    compose: compose.trim(),
    node: process.version,
  };
  const words =
    `${about.date.slice(0, 10)}: ${pairs} pairs, ${about.processors} processors, Docker Engine ${about.engine}, ` +
    `Docker Compose ${about.compose}, Node.js ${about.node}. Whole commands, by turns; medians.`;
  const json = join(benchFolder, "bench.json");
  const html = join(benchFolder, "bench.html");
  await writeFile(json, `${JSON.stringify({ ...about, results }, undefined, 2)}\n`);
  await writeFile(html, htmlReport(results, words));
  console.log(`\n${textReport(results)}\n\n${json}\n${html}`);
}
