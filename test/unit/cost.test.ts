import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../components/compose-spec/parse.ts";
import { definitionsSchema, type Definitions } from "../../components/compose-spec/definitions.ts";
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
  const plan = (services: number) => {
    const file = composeFile(services);
    return () => {
      const { value, mistakes } = parse<Definitions>(definitionsSchema, file, "", "docker-compose.yml", {});
      assert.deepEqual(mistakes, []);
      assert.equal(planned(value, "/checkout").services.length, services);
    };
  };
  const [few, many] = [plan(50), plan(400)];
  costOf(few, 8);
  // By turns, and the least of each: what else runs on the machine makes single rounds dear.
  const rounds = Array.from({ length: 4 }, () => ({ many: costOf(many, 3), few: costOf(few, 24) }));
  const least = (of: "few" | "many") => Math.min(...rounds.map((round) => round[of]));
  // Eight times the services: linear is 8, quadratic would be 64.
  const ratio = least("many") / least("few");
  assert.ok(ratio < 20, `400 services cost ${ratio.toFixed(1)} times what 50 do`);
});
