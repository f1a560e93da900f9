import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { htmlReport, textReport } from "../bench/report.ts";
import { lostBy, outcome, summary, type Measure } from "../bench/statistics.ts";

const measure: Measure = { name: "up", title: "up <fast>", peer: "docker compose up", aim: 1.5, unit: "s" };

describe("the benchmark's statistics", () => {
  test("the median of an odd and of an even number of runs, in whatever order they came", () => {
    assert.deepEqual(summary([3, 1, 2]), { median: 2, min: 1, max: 3 });
    assert.deepEqual(summary([10, 4, 1, 2]), { median: 3, min: 1, max: 10 });
  });

  test("a ratio is that of the medians, and the aim includes its own value", () => {
    const { reached, met, beyond } = outcome(measure, { ours: [3, 3, 90], peer: [2, 2, 1] });
    assert.deepEqual({ reached, met, beyond }, { reached: 1.5, met: true, beyond: 0 });
  });

  test("how far an aim was missed is told as a part of it", () => {
    const { met, beyond } = outcome(measure, { ours: [6], peer: [2] });
    assert.deepEqual({ met, beyond }, { met: false, beyond: 1 });
  });

  test("without a peer the aim is about ours alone", () => {
    const memory: Measure = { name: "memory", title: "memory", aim: 200, unit: "MB" };
    assert.equal(outcome(memory, { ours: [180, 210, 190], peer: [] }).met, true);
  });

  test("one lost request is an aim not met, however fast it was; the peer may lose what it will", () => {
    const lost = (failed: number) => [
      { requests: 100, failed: 0 },
      { requests: 100, failed },
    ];
    const runs = { ours: [1], peer: [2] };
    assert.equal(outcome(measure, { ...runs, lost: { ours: lost(0), peer: lost(70) } }).met, true);
    assert.equal(outcome(measure, { ...runs, lost: { ours: lost(1), peer: lost(0) } }).met, false);
    assert.deepEqual(lostBy(lost(70)), { requests: 200, failed: 70 });
  });
});

describe("the benchmark's report", () => {
  const runs = {
    ours: [4, 5, 6],
    peer: [2, 2.5, 3],
    lost: { ours: [{ requests: 900, failed: 2 }], peer: [{ requests: 800, failed: 71 }] },
  };

  test("has both sides, their ratio, the aim, and by how much it was missed", () => {
    const text = textReport([{ measure, runs }]);
    assert.match(
      text,
      /up +5\.00 \(4\.00–6\.00\) s +2\.50 \(2\.00–3\.00\) s +2\.00 +≤ 1\.5 +no, 33 % over, 2 lost/,
    );
    assert.match(text, /up: lost 2 of 900 requests, Compose 71 of 800 requests/);
  });

  test("as a page has every run of both sides in its plot, and takes nothing for markup", () => {
    const html = htmlReport([{ measure, runs }], "today & here");
    assert.equal(html.match(/<circle /g)?.length, 6);
    assert.match(html, /up &lt;fast&gt;/);
    assert.match(html, /today &amp; here/);
    assert.doesNotMatch(html, /NaN|undefined/);
    assert.doesNotMatch(html, /(?:src|href)=/);
  });
});
