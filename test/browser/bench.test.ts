import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { measures, type Measure } from "../bench/measures.ts";
import { htmlPage } from "../bench/page.ts";
import type { Figures, Run } from "../bench/statistics.ts";
import { whyNoBrowser, withPage } from "../fixture/browser.ts";

function runs(seconds: number): Run[] {
  return [0.9, 1, 1.2].map((part) => ({ seconds: part * seconds, load: 1, megabytes: 100 * seconds }));
}

/** Every measure, with figures of many sizes. */
const figures = Object.fromEntries(
  measures.map(({ name, ours, peer }: Measure, index): [string, Figures] => [
    name,
    {
      date: "2026-11-29",
      machine: "2 processors",
      pairs: 3,
      typed: { ours, ...(peer === undefined ? {} : { peer }) },
      ours: runs(1.7 ** (index - 8)),
      peer: peer === undefined ? [] : runs(3 ** (index % 5)),
      empty: [],
    },
  ]),
);

/** What a browser has drawn. */
interface Drawn {
  readonly labels: number;
  /** Labels that go beyond their picture. */
  readonly cut: readonly string[];
  /** The colours of the labels. */
  readonly colours: readonly string[];
}

const drawing = `() => {
  const texts = [...document.querySelectorAll("svg text")];
  const isCut = (text) => {
    const [inner, outer] = [text, text.closest("svg")].map((each) => each.getBoundingClientRect());
    return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
  };
  return {
    labels: texts.length,
    cut: texts.filter(isCut).map((text) => text.textContent),
    colours: [...new Set(texts.map((text) => getComputedStyle(text).fill))],
  };
}`;

test(
  "the page of the benchmark cuts no label, and is read on light and on dark",
  { skip: whyNoBrowser },
  async () => {
    await withPage(async (page) => {
      await page.setViewport({ width: 900, height: 1200 });
      for (const [scheme, colour] of [
        ["light", "rgb(31, 35, 40)"],
        ["dark", "rgb(230, 237, 243)"],
      ] as const) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        await page.setContent(htmlPage({ quiet: figures, busy: {} }));
        const { labels, cut, colours } = (await page.evaluate(`(${drawing})()`)) as Drawn;
        assert.ok(labels > 100, `${labels} labels`);
        assert.deepEqual(cut, []);
        assert.deepEqual(colours, [colour]);
        const folder = process.env.SCREENSHOTS;
        if (folder !== undefined)
          await writeFile(join(folder, `bench-${scheme}.png`), await page.screenshot({ fullPage: true }));
      }
    });
  },
);
