import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { table } from "../../components/cli/table.ts";
import { runCommand } from "../fixture/command.ts";
import { TestStack } from "../fixture/stack.ts";
import { composeFile } from "./project.ts";

/**
 * `npm run bench:preview`: what a preview of one change in a stack of 200 services costs beside Pulumi's own preview, and
 * how long the comment is. No engine is asked, and nothing is brought up.
 */
const size = 200;
const runs = 3;

const folder = mkdtempSync(join(tmpdir(), "bench-preview-"));
const stack = await TestStack.create({
  folder: "test/cases/program",
  environment: { CASE_DIRECTORY: folder, PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own" },
  engine: false,
});
try {
  const base = join(folder, "base.json");
  await stack.pulumi("config", "set", "--secret", "dbPassword", "correct-horse-battery");
  const file = join(folder, "compose.yaml");
  writeFileSync(file, dump(composeFile(size)).replaceAll("$${dbPassword}", "${DB_PASSWORD}"));
  await must(() => stack.command("preview", "--json", "--save", base));
  writeFileSync(file, readFileSync(file, "utf8").replace("SETTING_1: value 1", "SETTING_1: another"));
  const plain = await median(() => stack.pulumi("preview"));
  const command = await median(() => stack.command("preview", "--markdown", "--against", base));
  console.log(
    table([
      ["SERVICES", "PULUMI PREVIEW", "PREVIEW --MARKDOWN", "RATIO", "LINES"],
      [
        ...[String(size), `${plain.seconds.toFixed(1)} s`, `${command.seconds.toFixed(1)} s`],
        ...[(command.seconds / plain.seconds).toFixed(2), String(command.output.trim().split("\n").length)],
      ],
    ]),
  );
} finally {
  await stack.down();
  rmSync(folder, { recursive: true });
}

type Finished = Awaited<ReturnType<typeof runCommand>>;

async function must(run: () => Promise<Finished>): Promise<Finished> {
  const finished = await run();
  if (finished.code !== 0) throw new Error(finished.output);
  return finished;
}

async function median(run: () => Promise<Finished>): Promise<{ seconds: number; output: string }> {
  const found: { seconds: number; output: string }[] = [];
  for (let index = 0; index < runs; index += 1) {
    const start = performance.now();
    const { output } = await must(run);
    found.push({ seconds: (performance.now() - start) / 1000, output });
  }
  found.sort((one, other) => one.seconds - other.seconds);
  return found[Math.floor(runs / 2)] ?? { seconds: NaN, output: "" };
}
