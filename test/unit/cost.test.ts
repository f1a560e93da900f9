import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../model/parse.ts";
import { projectSchema, type Project } from "../../model/project.ts";
import { composeFile, planned } from "../bench/project.ts";

/**
 * Processor time of one of so many runs. Of all together, since the clock of a single one may be too coarse to see it.
 */
function costOf(work: () => unknown, runs: number): number {
  const start = process.cpuUsage().user;
  for (let run = 0; run < runs; run += 1) work();
  return (process.cpuUsage().user - start) / runs;
}

test("what a plan costs grows with the services as they do", () => {
  const cost = (services: number, runs: number) => {
    const file = composeFile(services);
    return costOf(() => {
      const { value, mistakes } = parse<Project>(projectSchema, file, "", "docker-compose.yml", {});
      assert.deepEqual(mistakes, []);
      assert.equal(planned(value, "/checkout").services.length, services);
    }, runs);
  };
  cost(50, 8);
  // Eight times the services: linear is 8, quadratic would be 64.
  const ratio = cost(400, 7) / cost(50, 7 * 8);
  assert.ok(ratio < 20, `400 services cost ${ratio.toFixed(1)} times what 50 do`);
});
