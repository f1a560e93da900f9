import { table } from "../../components/cli/table.ts";
import { lostBy, outcome, type Lost, type Measure, type Runs, type Unit } from "./statistics.ts";

export interface Result {
  readonly measure: Measure;
  readonly runs: Runs;
}

/** A line a measure, for a terminal. */
export function textReport(results: readonly Result[]): string {
  const rows = results.map(({ measure, runs }) => {
    const { ours, peer, reached } = outcome(measure, runs);
    return [
      measure.name,
      spread(ours, measure.unit),
      peer === undefined ? "–" : spread(peer, measure.unit),
      peer === undefined ? "–" : reached.toFixed(2),
      aimOf(measure),
      verdictOf(measure, runs),
    ];
  });
  const lost = results.flatMap(({ measure, runs }) =>
    runs.lost === undefined ? [] : [`${measure.name}: ${lostWords(runs.lost.ours, runs.lost.peer)}`],
  );
  const heading = ["MEASURE", "OURS (MIN–MAX)", "COMPOSE (MIN–MAX)", "RATIO", "AIM", "MET"];
  return [table([heading, ...rows]), ...lost].join("\n");
}

function spread({ median, min, max }: { median: number; min: number; max: number }, unit: Unit): string {
  return `${amount(median, unit)} (${amount(min, unit)}–${amount(max, unit)}) ${unit}`;
}

function amount(value: number, unit: Unit): string {
  return value.toFixed(unit === "s" ? 2 : 0);
}

function aimOf({ aim, peer, unit }: Measure): string {
  return `≤ ${aim}${peer === undefined ? ` ${unit}` : ""}`;
}

function verdictOf(measure: Measure, runs: Runs): string {
  const { met, beyond } = outcome(measure, runs);
  if (met) return "yes";
  const lost = lostBy(runs.lost?.ours ?? []).failed;
  return [
    "no",
    ...(beyond > 0 ? [`${Math.max(1, Math.round(beyond * 100))} % over`] : []),
    ...(lost > 0 ? [`${lost} lost`] : []),
  ].join(", ");
}

function lostWords(ours: readonly Lost[], peer: readonly Lost[]): string {
  const words = (runs: readonly Lost[]) => {
    const { requests, failed } = lostBy(runs);
    return `${failed} of ${requests} requests`;
  };
  return `lost ${words(ours)}, Compose ${words(peer)}`;
}

/** Everything in one file that needs no other: a plot a measure, every run a dot. */
export function htmlReport(results: readonly Result[], about: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>npm run bench</title>
<style>
:root { color-scheme: light dark; --ours: light-dark(#1f6feb, #6cb0ff); --peer: light-dark(#9a6700, #e3b341); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1f2328, #e6edf3); background: light-dark(#fff, #0d1117); }
svg { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; fill: currentColor; }
figure { margin: 1.5rem 0; } h2 { font-size: 1.05rem; margin: 0; } p { margin: 0; }
.no { color: light-dark(#b42318, #ff8a80); }
</style>
<h1>npm run bench</h1>
<p>${escaped(about)}</p>
${results.map(figure).join("\n")}
</html>
`;
}

function figure({ measure, runs }: Result): string {
  const { reached, met, ours } = outcome(measure, runs);
  const ratio =
    measure.peer === undefined ? `${amount(ours.median, measure.unit)} ${measure.unit}` : reached.toFixed(2);
  const lost = runs.lost === undefined ? "" : `; ${lostWords(runs.lost.ours, runs.lost.peer)}`;
  return `<figure>
<h2>${escaped(measure.title)}</h2>
<p${met ? "" : ' class="no"'}>${ratio}, aim ${aimOf(measure)}: ${verdictOf(measure, runs)}${lost}</p>
${plot(measure, runs)}
</figure>`;
}

const width = 720;
const left = 300;

/** Both sides on one scale: every run a dot, the median a stroke, the aim a dashed line. */
function plot({ peer, aim, unit }: Measure, runs: Runs): string {
  const { peer: theirs } = outcome({ name: "", title: "", aim, unit }, runs);
  const limit = theirs === undefined ? aim : aim * theirs.median;
  const most = Math.max(...runs.ours, ...runs.peer, limit) * 1.05;
  const x = (value: number) => (left + (value / most) * (width - left - 10)).toFixed(1);
  const lines = [
    { name: "ours", label: "pulumi", values: runs.ours },
    ...(peer === undefined ? [] : [{ name: "peer", label: peer, values: runs.peer }]),
  ];
  const height = lines.length * 34 + 34;
  const rows = lines.map(({ name, label, values }, index) => {
    const y = index * 34 + 20;
    const { median } = outcome({ name, title: "", aim, unit }, { ours: values, peer: [] }).ours;
    const dots = values
      .map((value) => `<circle cx="${x(value)}" cy="${y}" r="5" fill-opacity=".45"/>`)
      .join("");
    return `<g fill="var(--${name})"><text x="0" y="${y + 4}" fill="currentColor">${escaped(label)}</text>${dots}
<rect x="${x(median)}" y="${y - 11}" width="2.5" height="22"/>
<text x="${x(median)}" y="${y - 13}" font-size="11" text-anchor="middle">${amount(median, unit)}</text></g>`;
  });
  const bottom = height - 20;
  return `<svg viewBox="0 -6 ${width} ${height + 6}" role="img">
${rows.join("\n")}
<line x1="${x(limit)}" x2="${x(limit)}" y1="0" y2="${bottom}" stroke="currentColor" stroke-dasharray="4 3"/>
<text x="${x(limit)}" y="${bottom + 14}" text-anchor="middle">aim ${amount(limit, unit)} ${unit}</text>
<text x="${left}" y="${bottom + 14}">0</text>
</svg>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
