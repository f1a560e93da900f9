import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../model/parse.ts";
import { projectSchema, type Project } from "../../model/project.ts";
import { composeFile, planned } from "../bench/project.ts";

/** The quickest of several, which a busy machine disturbs least. */
function quickest(work: () => unknown): number {
  return Math.min(
    ...Array.from({ length: 7 }, () => {
      const start = process.cpuUsage().user;
      work();
      return process.cpuUsage().user - start;
    }),
  );
}

test("what a plan costs grows with the services as they do", () => {
  const cost = (services: number) => {
    const file = composeFile(services);
    return quickest(() => {
      const { value, mistakes } = parse<Project>(projectSchema, file, "", "docker-compose.yml", {});
      assert.deepEqual(mistakes, []);
      assert.equal(planned(value, "/checkout").services.length, services);
    });
  };
  cost(50);
  // Eight times the services: linear is 8, quadratic would be 64.
  const ratio = cost(400) / cost(50);
  assert.ok(ratio < 20, `400 services cost ${ratio.toFixed(1)} times what 50 do`);
});
