import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { load } from "js-yaml";
import { repositoryRoot } from "../../scripts/paths.mjs";
import { pages } from "../fixture/markdown.ts";

/* No runner is here. What a workflow runs is read, so that one that cannot work is found before somebody pushes it. */

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** The workflows of this repository, and those that the pages show, each with where it stands. */
const workflows = [
  ...globSync(".github/workflows/*.yml", { cwd: repositoryRoot }).map((file) => ({
    where: file,
    text: readFileSync(join(repositoryRoot, file), "utf8"),
  })),
  ...pages().flatMap(({ blocks }) =>
    blocks
      .filter(({ file = "" }) => file.startsWith(".github/workflows/"))
      .map(({ page, line, code }) => ({ where: `${page}:${line}`, text: code })),
  ),
];
const actions = globSync(".github/actions/*/action.yml", { cwd: repositoryRoot });

function actionIn(file: string): Action {
  return load(readFileSync(join(repositoryRoot, file), "utf8")) as Action;
}

/**
 * Fails unless there is what a step runs: a script of package.json, a file of the action, or a program.
 *
 * @param folder Of the action.
 */
function assertRuns(run: string, folder = ""): void {
  for (const line of run.trim().split("\n")) {
    const [word = "", first = "", second = ""] = line.replaceAll('"', "").split(" ");
    const file = [word, first].find((text) => text.startsWith("$GITHUB_ACTION_PATH/"));
    if (file !== undefined) {
      const path = join(repositoryRoot, folder, file.replace("$GITHUB_ACTION_PATH/", ""));
      assert.ok(existsSync(path), `${line}: there is no such file`);
    } else if (word === "npm") {
      const script = first === "run" ? second : first;
      assert.ok(script === "ci" || script in scripts, `${line}: package.json has no such script`);
    } else {
      assert.equal(spawnSync("sh", ["-c", `command -v ${word}`]).status, 0, `${line}: no such command`);
    }
  }
}

/** Fails unless an action takes what it is given: one of this repository, or somebody else's by its version. */
function assertUses(uses: string, given: Readonly<Record<string, unknown>>): void {
  const [, folder] = /(?:^\.|^\.\/[^/]+|^OWNER\/REPOSITORY)\/(\.github\/actions\/[^/@]+)/.exec(uses) ?? [];
  if (folder === undefined) {
    assert.match(uses, /^[\w-]+\/[\w./-]+@v\d+$/);
    return;
  }
  const { inputs } = actionIn(join(folder, "action.yml"));
  for (const name of Object.keys(given)) assert.ok(name in inputs, `${uses} has no input ${name}`);
  for (const [name, { required = false }] of Object.entries(inputs))
    assert.ok(!required || name in given, `${uses} needs the input ${name}`);
  if (typeof given.install === "string") assertRuns(given.install);
}

for (const { where, text } of workflows) {
  describe(`the workflow ${where}`, () => {
    for (const [job, { steps }] of Object.entries((load(text) as Workflow).jobs)) {
      for (const [index, { run, uses, with: given = {} }] of steps.entries()) {
        test(`can do step ${index + 1} of ${job}`, () => {
          if (run !== undefined) assertRuns(run);
          if (uses !== undefined) assertUses(uses, given);
        });
      }
    }

    test("gives no stranger's code the secrets of the repository", () => {
      assert.doesNotMatch(text, /pull_request_target/);
    });
  });
}

for (const file of actions) {
  test(`${file} can do its steps, and each of its inputs is used`, () => {
    const { inputs, runs } = actionIn(file);
    for (const { run = "" } of runs.steps) assertRuns(run, dirname(file));
    const used = [...JSON.stringify(runs).matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].toSorted(), Object.keys(inputs).toSorted());
  });
}

test("a stranger's repository has the action in ten lines", () => {
  const shortest = Math.min(...workflows.map(({ text }) => text.trim().split("\n").length));
  assert.ok(shortest <= 10);
});
