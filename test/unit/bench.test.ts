import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chosen } from "../bench/measures.ts";
import { htmlPage } from "../bench/page.ts";
import { chiefReport, speedReport, textReport } from "../bench/report.ts";
import { withFigures, type Results } from "../bench/results.ts";
import { median, outcomes, ratio, type Aim, type Figures, type Run } from "../bench/statistics.ts";

function runs(...seconds: readonly number[]): Run[] {
  return seconds.map((each) => ({ seconds: each, load: 0.5 }));
}

function figuresOf(changes: Partial<Figures> = {}): Figures {
  return {
    date: "2026-11-29",
    machine: "2 processors",
    pairs: 3,
    typed: { ours: "pulumi-compose up", peer: "docker compose up" },
    ours: [],
    peer: [],
    empty: [],
    ...changes,
  };
}

/** What became of one aim, or `undefined`. */
function reached(aim: Aim, changes: Partial<Figures>) {
  const [found] = outcomes([aim], figuresOf(changes));
  return found === undefined ? undefined : { reached: found.reached, met: found.met };
}

describe("the benchmark's statistics", () => {
  test("the median of an odd and of an even number of runs, in whatever order they came", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([10, 4, 1, 2]), 3);
    assert.equal(median([]), undefined);
  });

  test("a ratio is that of the medians, and the aim includes its own value", () => {
    const aim: Aim = { of: "ratio", most: 1.5 };
    assert.deepEqual(reached(aim, { ours: runs(3, 3, 90), peer: runs(2, 2, 1) }), {
      reached: 1.5,
      met: true,
    });
    assert.deepEqual(reached(aim, { ours: runs(6), peer: runs(2) }), { reached: 3, met: false });
    assert.equal(ratio(runs(1), []), undefined);
  });

  test("an aim may be about our time or memory alone, or about what ours takes beyond the other", () => {
    assert.deepEqual(reached({ of: "seconds", most: 2 }, { ours: runs(1, 2, 9) }), { reached: 2, met: true });
    const memory = [180, 210, 190].map((megabytes) => ({ seconds: 1, megabytes }));
    assert.deepEqual(reached({ of: "megabytes", most: 189 }, { ours: memory }), { reached: 190, met: false });
    const beyond = reached({ of: "beyond", most: 0.25 }, { ours: runs(1.5), peer: runs(1.25) });
    assert.deepEqual(beyond, { reached: 0.25, met: true });
  });

  test("one lost request or one failed gate is an aim not met; the peer may lose what it will", () => {
    const lost = (lost: number): Run => ({ seconds: 1, requests: { sent: 100, lost } });
    const aim: Aim = { of: "lost", most: 0 };
    assert.deepEqual(reached(aim, { ours: [lost(0), lost(0)], peer: [lost(70)] }), { reached: 0, met: true });
    assert.deepEqual(reached(aim, { ours: [lost(0), lost(1)], peer: [lost(0)] }), { reached: 1, met: false });
    const failed = [
      { seconds: 1, failed: 0 },
      { seconds: 1, failed: 2 },
    ];
    assert.deepEqual(reached({ of: "failed", most: 0 }, { ours: failed }), { reached: 2, met: false });
  });

  test("an aim of which nothing was measured is neither met nor missed", () => {
    assert.equal(reached({ of: "failed", most: 0 }, { ours: runs(1) }), undefined);
  });
});

test("a measure is chosen by its name, or by what several names begin with", () => {
  assert.deepEqual(chosen(["daily", "python"]), { names: ["daily", "python-100"], unknown: [] });
  assert.deepEqual(chosen(["light"]).names, ["light-10", "light-20", "light-50", "light-100", "light-200"]);
  assert.deepEqual(chosen(["preview"]).names, ["preview"]);
  assert.deepEqual(chosen(["dail"]), { names: [], unknown: ["dail"] });
  assert.ok(chosen([]).names.length > 20);
});

test("figures of a busy machine and of a quiet one are kept apart, and new ones replace the old ones alone", () => {
  const [one, two, three] = [1, 2, 3].map((pairs) => figuresOf({ pairs }));
  const quiet = withFigures({ quiet: {}, busy: {} }, "quiet", { daily: one, status: one } as never);
  const both = withFigures(withFigures(quiet, "busy", { daily: two } as never), "quiet", {
    daily: three,
  } as never);
  assert.deepEqual(both, { quiet: { daily: three, status: one }, busy: { daily: two } });
});

/** A first up that misses two aims, an update under requests, a series of two sizes; and one beside a busy process. */
const results: Results = {
  quiet: {
    update: figuresOf({
      ours: [4, 5, 6].map((seconds) => ({ seconds, load: 1.25, requests: { sent: 900, lost: 1 } })),
      peer: [2, 2.5, 3].map((seconds) => ({ seconds, load: 1, requests: { sent: 800, lost: 71 } })),
      empty: runs(1, 1.25, 2),
    }),
    "light-20": figuresOf({
      ours: runs(5).map((run) => ({ ...run, megabytes: 150, failed: 0 })),
      peer: runs(4),
    }),
    "light-50": figuresOf({
      ours: runs(11, 12).map((run) => ({ ...run, megabytes: 250, failed: 1 })),
      peer: runs(10),
      typed: { ours: "up <fast>", peer: "docker compose up" },
    }),
  },
  busy: { daily: figuresOf({ ours: runs(8), peer: runs(4) }) },
};

describe("the benchmark's report", () => {
  test("on a terminal has both sides with what they span, both ratios, and every aim with what became of it", () => {
    assert.match(
      textReport(results.quiet),
      /update +5\.0 s \(4\.0 s–6\.0 s\) +2\.5 s \(2\.0 s–3\.0 s\) +1\.3, 1\.0 +2\.00 × +4\.00 × +≤ 1\.5 ×: missed by 33 %; no request lost: 3 lost/,
    );
  });

  test("in docs/speed.md has what was typed with the machine's load, why aims were missed, and what is not measured", () => {
    const report = speedReport(results);
    assert.match(
      report,
      /\| `pulumi-compose up`: 5\.0 s, 3 of 2,700 requests lost, load 1\.3 \| `docker compose up`: 2\.5 s, 213 of 2,400 requests lost, load 1\.0 \| 2\.00 × \| 4\.00 × \|/,
    );
    assert.match(report, /≤ 1\.4 ×: met; ≤ 200 MB: missed by 25 %; no gate failed: 2 failed \|/);
    assert.match(report, /^Measured on 2026-11-29, 2 processors, medians of 3 pairs\.$/m);
    assert.match(
      report,
      /^- \*\*first `up` of 50 light services\*\*: missed by 25 %, 2 failed\. Pulumi writes /m,
    );
    assert.match(
      report,
      /keeps all processors busy:\n\n\|.*\n\|.*\n\| `up` with nothing to change \|.*missed by 100 %/,
    );
    assert.match(report, /^Not measured yet: `daily`, `npm`, /m);
    assert.doesNotMatch(report, /NaN|undefined/);
  });

  test("says which figures are of another day", () => {
    const { update, ...others } = results.quiet;
    const older = { ...others, update: { ...update, date: "2026-11-01", pairs: 1 } as Figures };
    const report = speedReport({ quiet: older, busy: {} });
    assert.match(report, /^- On 2026-11-01, 2 processors, one pair: one service's environment changed/m);
  });

  test("in the README has the chief measures alone", () => {
    const report = chiefReport(results);
    assert.match(report, /\| first `up` of 50 light services \| `up <fast>`: 11\.5 s, 250 MB/);
    assert.doesNotMatch(report, /20 light/);
  });

  test("as a page has every run, time and memory by the number of services, and takes nothing for markup", () => {
    const html = htmlPage(results);
    assert.match(html, /<h2>A quiet machine<\/h2>[^]*<h2>Beside a process/);
    // Light services: time, memory; then each of four measures.
    assert.equal(html.match(/<svg /g)?.length, 6);
    assert.match(html, />up &lt;fast&gt;</);
    assert.doesNotMatch(html, /NaN|undefined/);
    assert.doesNotMatch(html, /<script|(?:src|href)=/);
  });
});
