import { init, setPlatformAPI, type EChartsCoreOption } from "echarts";
import { seriesTitles, type Measure, type Series } from "./measures.ts";
import { cameOut, measured, seconds, type Measured } from "./report.ts";
import type { FiguresByName } from "./results.ts";
import { median, medianSeconds, type Run } from "./statistics.ts";

/** Colours are the page's own, which knows whether it is light or dark. */
const colours = { text: "var(--text)", line: "var(--line)", ours: "var(--ours)", peer: "var(--peer)" };

/** Every letter is as wide as every other one, so that the width of a text is known without a browser. */
const fontFamily = "monospace";

setPlatformAPI({
  // Somewhat more than a letter of such a font is wide; `font` is CSS's: `bold 12px monospace`.
  measureText: (text, font = "12px") => ({
    width: text.length * Number(/([\d.]+)px/.exec(font)?.[1]) * 0.62,
  }),
});

/** Of every picture, in its own units; the page scales it. */
const width = 760;

const common: EChartsCoreOption = {
  animation: false,
  textStyle: { color: colours.text, fontFamily },
};
const axis = {
  axisLabel: { color: colours.text },
  nameTextStyle: { color: colours.text },
  axisLine: { lineStyle: { color: colours.line } },
  axisTick: { lineStyle: { color: colours.line } },
  splitLine: { lineStyle: { color: colours.line } },
};

/** Both sides of a measure: a bar for the median, a dot for every run, a dashed line for the aim. */
export function pairChart({ measure, figures }: Measured): string {
  const sides = [
    { label: figures.typed.ours, runs: figures.ours, colour: colours.ours },
    ...(figures.peer.length === 0
      ? []
      : [{ label: figures.typed.peer ?? "", runs: figures.peer, colour: colours.peer }]),
  ];
  const limit = limitOf(measure, figures.peer);
  return drawn(50 + 75 * sides.length, {
    ...common,
    grid: {
      left: 10,
      right: 40,
      top: 26,
      bottom: 10,
      outerBoundsMode: "same",
      outerBoundsContain: "axisLabel",
    },
    xAxis: {
      ...axis,
      type: "value",
      axisLabel: { color: colours.text, showMaxLabel: false },
      min: 0,
      max: mostOf([...sides.flatMap(({ runs }) => timesOf(runs)), limit ?? 0]),
    },
    yAxis: {
      ...axis,
      type: "category",
      inverse: true,
      data: sides.map(({ label, runs }) => [label, ...cameOut(runs)].join("\n")),
      axisLabel: { color: colours.text, width: 240, overflow: "break", lineHeight: 15, interval: 0 },
    },
    series: [
      {
        type: "bar",
        silent: true,
        barWidth: 18,
        data: sides.map(({ runs, colour }) => ({
          value: medianSeconds(runs),
          itemStyle: { color: colour, opacity: 0.55 },
        })),
        ...(limit === undefined ? {} : { markLine: aimLine(limit) }),
      },
      {
        type: "scatter",
        silent: true,
        symbolSize: 7,
        data: sides.flatMap(({ runs, colour }, index) =>
          timesOf(runs).map((value) => ({ value: [value, index], itemStyle: { color: colour } })),
        ),
      },
    ],
  });
}

function aimLine(limit: number): object {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: colours.text, type: "dashed" },
    label: { position: "start", formatter: `aim ${seconds(limit)}`, color: colours.text, textBorderWidth: 0 },
    data: [{ xAxis: limit }],
  };
}

/** The time that is aimed at, where a time is. */
function limitOf({ aims }: Measure, peer: readonly Run[]): number | undefined {
  const theirs = medianSeconds(peer);
  for (const { of, most } of aims) {
    if (of === "seconds") return most;
    if (theirs === undefined) continue;
    if (of === "ratio") return most * theirs;
    if (of === "beyond") return most + theirs;
  }
  return undefined;
}

/** Somewhat more than the most of them. */
function mostOf(values: readonly number[]): number {
  return Number((Math.max(...values) * 1.05).toPrecision(2));
}

function timesOf(runs: readonly Run[]): number[] {
  return runs.map(({ seconds }) => seconds);
}

/** What is drawn by the number of services. */
export interface SeriesChart {
  readonly title: string;
  readonly svg: string;
}

/** Time and memory by the number of services, of each series of which two sizes or more were measured. */
export function seriesCharts(figures: FiguresByName): SeriesChart[] {
  return (Object.keys(seriesTitles) as Series[]).flatMap((series) => {
    const sizes = measured(figures).flatMap((each) => {
      const { series: of } = each.measure;
      return of?.of === series ? [{ ...each, services: of.services }] : [];
    });
    const curve = (value: (each: Measured) => number | undefined) =>
      sizes.flatMap((each): [number, number][] => {
        const found = value(each);
        return found === undefined ? [] : [[each.services, found]];
      });
    const time = [
      {
        name: sizes[0]?.figures.typed.ours ?? "",
        colour: colours.ours,
        points: curve((each) => medianSeconds(each.figures.ours)),
      },
      {
        name: sizes[0]?.figures.typed.peer ?? "",
        colour: colours.peer,
        points: curve((each) => medianSeconds(each.figures.peer)),
      },
    ];
    const memory = curve((each) => median(each.figures.ours.flatMap(({ megabytes }) => megabytes ?? [])));
    return [
      { title: `${seriesTitles[series]}: seconds by the number of services`, unit: "s", curves: time },
      {
        title: `${seriesTitles[series]}: memory of the program in MB by the number of services`,
        unit: "MB",
        curves: [{ name: "the program", colour: colours.ours, points: memory }],
      },
    ]
      .filter(({ curves }) => curves.some(({ points }) => points.length > 1))
      .map(({ title, unit, curves }) => ({ title, svg: curvesChart(unit, curves) }));
  });
}

interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [services: number, value: number])[];
}

function curvesChart(unit: string, curves: readonly Curve[]): string {
  return drawn(340, {
    ...common,
    legend: { top: 0, left: "center", textStyle: { color: colours.text }, selectedMode: false },
    grid: { left: 10, right: 30, top: 50, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "all" },
    xAxis: { ...axis, type: "value", min: 0, name: "services", nameLocation: "middle", nameGap: 28 },
    yAxis: { ...axis, type: "value", min: 0, name: unit },
    series: curves.map(({ name, colour, points }) => ({
      name,
      type: "line",
      silent: true,
      symbol: "circle",
      symbolSize: 8,
      data: points,
      lineStyle: { color: colour },
      itemStyle: { color: colour },
    })),
  });
}

function drawn(height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
