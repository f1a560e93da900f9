import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const repository = join(import.meta.dirname, "..", "..", "..");

/** Phrases that a reader has to read twice, and what to write instead. */
const phrases = [
  { phrase: /\bin vain\b/i, instead: "say what did not happen" },
  { phrase: /\bas which\b/i, instead: "name the thing again" },
  { phrase: /, be it\b/i, instead: "whether … or …" },
  { phrase: /\bbut for\b/i, instead: "except, or without" },
];

test("no text of the repository has a phrase that is read twice", () => {
  const kinds = ["md", "mjs", "sh", "ts", "yaml", "yml"].map((kind) => `*.${kind}`);
  const files = execFileSync("git", ["ls-files", "-z", ...kinds], { cwd: repository, encoding: "utf8" })
    .split("\0")
    .filter((file) => file !== "" && join(repository, file) !== import.meta.filename);
  const found = files.flatMap((file) =>
    readFileSync(join(repository, file), "utf8")
      .split("\n")
      .flatMap((line, index) =>
        phrases
          .filter(({ phrase }) => phrase.test(line))
          .map(({ instead }) => `${file}:${index + 1} ${line.trim()} (${instead})`),
      ),
  );
  assert.deepEqual(found, []);
});
