import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { TestStack } from "../../fixture/stack.ts";
import { composeFile } from "../project.ts";
import { must, type Recorder } from "../recorder.ts";

/** The comment on a change of one service among 200. No engine is asked, and nothing is brought up. */
export async function commentOnOneChange(recorder: Recorder): Promise<void> {
  if (!recorder.wants("comment-200")) return;
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const stack = await TestStack.create({
    folder: "test/bench/generated",
    environment: { BENCH_DIRECTORY: folder, PULUMI_CONFIG_PASSPHRASE: "a passphrase of its own" },
    engine: false,
  });
  try {
    const base = join(folder, "base.json");
    const file = join(folder, "compose.yaml");
    must(
      "config set",
      await stack.pulumi("config", "set", "--secret", "dbPassword", "correct-horse-battery"),
    );
    await writeFile(file, dump(composeFile(200)).replaceAll("$${dbPassword}", "${DB_PASSWORD}"));
    must("preview --save", await stack.command("preview", "--json", "--save", base));
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("SETTING_1: value 1", "SETTING_1: another"));
    await recorder.inPairs(async () => {
      await recorder.timed("ours", ["comment-200"], () =>
        stack.command("preview", "--markdown", "--against", base),
      );
      await recorder.timed("peer", ["comment-200"], () => stack.pulumi("preview"));
    });
  } finally {
    await stack.down();
    await rm(folder, { recursive: true });
  }
}
