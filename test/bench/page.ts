import { pairChart, seriesCharts } from "./charts.ts";
import { aims, measured, placeOf } from "./report.ts";
import type { FiguresByName, Results } from "./results.ts";

/** All results in one file that needs no other. */
export function htmlPage({ quiet, busy }: Results): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>npm run bench</title>
<style>
:root { color-scheme: light dark; --text: light-dark(#1f2328, #e6edf3); --line: light-dark(#d0d7de, #3d444d);
  --ours: light-dark(#1f6feb, #6cb0ff); --peer: light-dark(#9a6700, #e3b341); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--text); background: light-dark(#fff, #0d1117); }
svg { width: 100%; height: auto; display: block; }
figure { margin: 1.5rem 0; } h3 { font-size: 1.05rem; margin: 0; } p { margin: 0; }
</style>
<h1>npm run bench</h1>
${part("A quiet machine", quiet)}
${part("Beside a process that keeps all processors busy", busy)}
</html>
`;
}

function part(title: string, figures: FiguresByName): string {
  const all = measured(figures);
  if (all.length === 0) return "";
  return [
    `<h2>${escaped(title)}</h2>`,
    ...seriesCharts(figures).map((chart) => figure(chart.title, "", chart.svg)),
    ...all.map((each) => {
      const aim = each.measure.aims.length === 0 ? "" : `${aims(each.measure, each.figures)}. `;
      return figure(
        each.measure.title.replaceAll("\`", ""),
        `${aim}On ${placeOf(each.figures)}.`,
        pairChart(each),
      );
    }),
  ].join("\n");
}

function figure(title: string, text: string, svg: string): string {
  const heading = `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
  return `<figure>\n<h3>${escaped(heading)}</h3>\n<p>${escaped(text)}</p>\n${svg}\n</figure>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
