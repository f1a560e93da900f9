import type { Measure } from "./statistics.ts";

const up = "docker compose up -d --wait";

/** Section by section of what a stack lives through; the seed's health parameters unless they are called tuned. */
export const measures = [
  {
    name: "first-up",
    title: "first up of the dev stack, until all is healthy",
    peer: `${up}, the seed's health checks`,
    aim: 0.15,
    unit: "s",
  },
  {
    name: "first-up-tuned",
    title: "first up of the dev stack, against health checks that begin at once",
    peer: `${up}, start_interval 250 ms`,
    aim: 1.5,
    unit: "s",
  },
  { name: "no-change", title: "up with nothing to change", peer: up, aim: 1, unit: "s" },
  {
    name: "update",
    title: "one service's environment changed, under load",
    peer: `${up}, start_interval 250 ms`,
    aim: 1.5,
    unit: "s",
  },
  {
    name: "fifty",
    title: "first up of 50 generated services",
    peer: `${up}, start_interval 250 ms`,
    aim: 1.5,
    unit: "s",
  },
  { name: "destroy", title: "destroy", peer: "docker compose down", aim: 1, unit: "s" },
  { name: "memory", title: "memory of the program, 50 services", aim: 200, unit: "MB" },
] as const satisfies readonly Measure[];

export type MeasureName = (typeof measures)[number]["name"];
