import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { table } from "../../components/cli/table.ts";
import { composeFile } from "./project.ts";

/**
 * `npm run bench:plan`: how long a Compose file takes to become a checked plan, by its number of services. The median
 * of several runs, each in a process of its own, as a preview is one; beside it, what of that is `docker compose
 * config` itself.
 */
const sizes = [50, 100, 200, 400];
const runs = 5;

const directory = mkdtempSync(join(tmpdir(), "bench-plan-"));
try {
  const rows = sizes.map((services) => {
    const file = `compose-${services}.yml`;
    writeFileSync(join(directory, file), dump(composeFile(services)));
    const args = ["compose", "-p", "bench", "-f", file, "config", "--no-consistency"];
    const compose = median(() => {
      const start = performance.now();
      spawnSync("docker", args, { cwd: directory });
      return performance.now() - start;
    });
    const whole = median(() => {
      const run = [join(import.meta.dirname, "plan-once.ts"), directory, file];
      return Number(execFileSync(process.execPath, run, { encoding: "utf8" }));
    });
    return [
      String(services),
      `${Math.round(whole)} ms`,
      `${Math.round(compose)} ms`,
      `${(whole / services).toFixed(2)} ms`,
    ];
  });
  console.log(table([["SERVICES", "CHECKED PLAN", "OF THAT COMPOSE", "A SERVICE"], ...rows]));
} finally {
  rmSync(directory, { recursive: true });
}

function median(measure: () => number): number {
  const times = Array.from({ length: runs }, measure);
  return times.sort((one, other) => one - other)[Math.floor(runs / 2)] ?? 0;
}
