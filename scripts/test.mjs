// @ts-check
// npm test: set-up, then every check, the quick ones first. The first failure ends it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { environment } from "./environment.mjs";
import { exitWith } from "./exit-code.mjs";
import { recipes } from "./images/recipes.mjs";
import { repositoryRoot } from "./paths.mjs";
import { setUpForTests } from "./setup.mjs";
import { seconds, startHeartbeat } from "./terminal.mjs";
import { summaryOf } from "./test-summary.mjs";

/** @typedef {{ passed: number, failed: number, skips?: boolean }} Counts `skips` where the machine cannot run the phase */
/** @typedef {{ name: string, run: () => Promise<Counts> }} Phase */

/** @type {readonly Phase[]} one after the other */
const first = [
  {
    name: "set-up",
    run: async () => ({ passed: 0, failed: (await setUpForTests(() => Promise.resolve(recipes))) ? 0 : 1 }),
  },
  { name: "lint", run: () => npmScript("lint") },
  { name: "types", run: () => npmScript("types") },
  { name: "unit tests", run: () => npmScript("test:unit") },
  { name: "cases", run: () => npmScript("test:cases") },
  { name: "stack tests", run: () => npmScript("test:stack") },
  { name: "systems", run: () => npmScript("test:systems") },
  { name: "swarm", run: () => whereItCan("test:swarm") },
  { name: "remote", run: () => whereItCan("test:remote") },
];

/** @type {readonly (readonly Phase[])[]} lists beside each other: both wait for the engine most of the time */
const besides = [
  [
    { name: "browser", run: () => whereItCan("test:browser") },
    { name: "team", run: () => whereItCan("test:team") },
    { name: "python", run: () => whereItCan("test:python") },
    { name: "package", run: () => npmScript("test:package") },
  ],
  [{ name: "parity", run: () => npmScript("test:parity") }],
];

await exitWith(async () => {
  /** @type {(Counts & { name: string, duration: string })[]} */
  const results = [];
  const hasFailed = () => results.some((result) => result.failed > 0);
  await runInOrder(first);
  if (!hasFailed()) await Promise.all(besides.map(runInOrder));

  /** @param {readonly Phase[]} phases */
  async function runInOrder(phases) {
    for (const { name, run } of phases) {
      if (hasFailed()) return;
      process.stdout.write(`\n== ${name}\n`);
      const start = Date.now();
      const counts = await run();
      results.push({ name, duration: seconds(Date.now() - start), ...counts });
    }
  }

  const phases = [...first, ...besides.flat()];
  const passed = results.reduce((total, result) => total + result.passed, 0);
  const failed = results.reduce((total, result) => total + result.failed, 0);
  process.stdout.write(`\n${phases.map(({ name }) => row(name, results)).join("\n")}\n`);
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
});

/**
 * @param {string} name
 * @param {readonly (Counts & { name: string, duration: string })[]} results
 */
function row(name, results) {
  const result = results.find((candidate) => candidate.name === name);
  const isRun = result !== undefined && result.skips !== true;
  const outcome = !isRun ? "not run" : result.failed === 0 ? "passed" : "failed";
  return [name.padEnd(12), outcome.padEnd(8), (result?.duration ?? "").padStart(8)].join("  ").trimEnd();
}

/**
 * A script whose tests skip themselves on a machine that lacks what they need.
 *
 * @param {string} name of a script in package.json
 * @returns {Promise<Counts>}
 */
async function whereItCan(name) {
  const counts = await npmScript(name);
  return { ...counts, skips: counts.passed + counts.failed === 0 };
}

/**
 * A script that fails without a count of tests counts as one failure.
 *
 * @param {string} name of a script in package.json
 * @returns {Promise<Counts>}
 */
async function npmScript(name) {
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  const child = spawn("npm", ["run", "--silent", name], {
    cwd: repositoryRoot,
    env: { ...environment(), ...colour },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const terminal = startHeartbeat(() => `npm run ${name}`);
  const isBeside = besides.flat().some((phase) => `test:${phase.name}` === name);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      output += `${line}\n`;
      terminal.print(isBeside ? `${name.replace("test:", "").padEnd(7)} │ ${line}` : line);
    });
  }
  /** @type {number} */
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  terminal.stop();
  const counts = summaryOf(output) ?? { passed: 0, failed: 0 };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
