import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { docker } from "../fixture/docker.ts";
import { besideLoad } from "./busy.ts";
import { chosen, measures } from "./measures.ts";
import { htmlPage } from "./page.ts";
import { Recorder } from "./recorder.ts";
import { textReport } from "./report.ts";
import { benchFolder, readResults, withFigures, type FiguresByName } from "./results.ts";
import { commentOnOneChange } from "./scenes/comment.ts";
import { stackDev } from "./scenes/dev.ts";
import { generatedStacks } from "./scenes/generated.ts";
import { plans } from "./scenes/plan.ts";
import { healthChecks } from "./scenes/probes.ts";
import { gatesOfSwarm } from "./scenes/swarm.ts";

/*
 * `npm run bench [-- <measure> …] [--pairs n] [--busy]`: whole commands, ours and Docker Compose's by turns, on stacks of
 * their own. `--busy` keeps all processors busy meanwhile; those figures are kept apart.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string", default: "5" }, busy: { type: "boolean", default: false } },
});
const { names, unknown } = chosen(positionals);
const pairs = Number(values.pairs);
if (unknown.length > 0 || !Number.isInteger(pairs) || pairs < 1) {
  console.error("npm run bench [-- <measure, or what several begin with> …] [--pairs n] [--busy]");
  console.error(`measures: ${measures.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const json = join(benchFolder, "bench.json");
const html = join(benchFolder, "bench.html");
const date = new Date().toISOString().slice(0, 10);
const machine = await machineInWords();
// Pulumi's state is in the same folder, which a checkout that was never set up does not have.
await mkdir(benchFolder, { recursive: true });
const recorder = await Recorder.create(pairs, names);
try {
  for (const scene of [stackDev, generatedStacks, healthChecks, commentOnOneChange, plans, gatesOfSwarm]) {
    await (values.busy ? besideLoad(() => scene(recorder)) : scene(recorder));
    // What was measured is kept, whatever becomes of the next scene.
    await keep(recorder.figures(date, machine));
  }
} finally {
  await recorder.end();
}
console.log(`\n${textReport(recorder.figures(date, machine))}\n\n${json}\n${html}`);

async function machineInWords(): Promise<string> {
  const engine = await docker("version", "--format", "{{.Server.Version}}");
  const compose = await docker("compose", "version", "--short");
  return [
    `${cpus().length} processors`,
    `Docker Engine ${engine.trim()}`,
    `Docker Compose ${compose.trim()}`,
    `Node.js ${process.versions.node}`,
  ].join(", ");
}

async function keep(figures: FiguresByName): Promise<void> {
  const results = withFigures(readResults(json), values.busy ? "busy" : "quiet", figures);
  await writeFile(json, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(html, htmlPage(results));
}
