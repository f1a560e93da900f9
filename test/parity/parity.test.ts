import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Finished } from "../fixture/command.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { Bench } from "./bench.ts";
import { allThroughCompose } from "./compose-side.ts";
import { composes, type Compose } from "../fixture/compose-oracle/composes.ts";
import {
  described,
  differencesOf,
  isKnown,
  type KnownDifference,
} from "../fixture/compose-oracle/differences.ts";
import { knownDifferences } from "../fixture/compose-oracle/known-differences.ts";
import { observe, type Observed } from "../fixture/compose-oracle/observe.ts";
import { onTheEngine, parityProjects } from "./projects.ts";

// The oracle is the engine: brought up by Compose and by this program, a project must be the same to `docker inspect`.
//
// PARITY_PROJECTS=ports-short,ports-long chooses projects, PARITY_COMPOSE=5 a version of Compose.

const only = (process.env.PARITY_PROJECTS ?? "").split(",").filter((name) => name !== "");
const projects = parityProjects(only);
const start = Date.now();

function say(line: string): void {
  process.stdout.write(`parity ${Math.round((Date.now() - start) / 1000)} s: ${line}\n`);
}

/** Without the line that Pulumi prints for each step of a resource. */
function diagnostics(output: string): string {
  return output.slice(Math.max(0, output.indexOf("Diagnostics:")));
}

const versions = await composes(process.env.PARITY_COMPOSE ?? "", say);
const expected = new Map<Compose, ReadonlyMap<string, Observed>>();
let bench: Bench;

before(async () => {
  bench = await Bench.create(say);
  // All of Compose's side comes first: host ports, subnets and names of the projects are the same on both sides.
  for (const compose of versions) expected.set(compose, await allThroughCompose(compose, projects, say));
});

after(async () => {
  say("clears up");
  await bench.remove();
});

for (const compose of versions) {
  // The second one finds what the first has brought up, and changes what is to be changed.
  describe(`Compose ${compose.version}`, () => {
    let refused: Readonly<Record<string, string>>;
    const seen = new Set<KnownDifference>();

    test("all projects come up here, too", async () => {
      const { code, output } = await pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
      refused = await bench.refused();
      assert.equal(code, 0, diagnostics(output));
    });

    for (const project of projects) {
      test(`${project.name} is the same`, async () => {
        const refusal = refused[project.name];
        assert.equal(refusal, undefined, refusal);
        const differences = differencesOf(
          project.name,
          expected.get(compose)?.get(project.name) ?? {},
          await observe(onTheEngine(project)),
        ).filter((difference) => {
          const known = knownDifferences.filter((entry) => isKnown(entry, difference, compose.version));
          for (const entry of known) seen.add(entry);
          return known.length === 0;
        });
        assert.equal(differences.length, 0, `\n${differences.map(described).join("\n")}`);
      });
    }

    test("every known difference is seen", { skip: only.length > 0 }, () => {
      const unseen = knownDifferences.filter(
        (entry) => compose.version.startsWith(entry.compose ?? "") && !seen.has(entry),
      );
      assert.deepEqual(
        unseen.map(({ kind, path, reason }) => `${kind} ${String(path)}: ${reason}`),
        [],
      );
    });

    test("a preview finds nothing to change", () => assertNoChanges({ pulumi }));

    test("a preview finds nothing to change after a refresh", () => assertNoDrift({ pulumi }));

    function pulumi(...args: readonly string[]): Promise<Finished> {
      say(`pulumi ${args[0] ?? ""}, under Compose ${compose.version}`);
      return bench.pulumi(args, compose);
    }
  });
}

test("all of them go again", async () => {
  say("pulumi destroy");
  const { code, output } = await bench.pulumi(["destroy", "--yes", "--skip-preview"]);
  assert.equal(code, 0, diagnostics(output));
  const left = await Promise.all(
    projects.map(async (project) => Object.keys(await observe(onTheEngine(project)))),
  );
  assert.deepEqual(left.flat(), []);
});
