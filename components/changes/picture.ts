import type { Plan } from "../plan/plan.ts";
import type { Changes } from "./changes.ts";

/** Which services each service waits for, by name. */
export type Topology = Readonly<Record<string, readonly string[]>>;

/** Services that a picture shows at most: a larger picture shows nobody anything. */
const most = 30;

export function topologyOf({ services }: Plan): Topology {
  return Object.fromEntries(
    services.map(({ name, waitsFor }) => [name, waitsFor.map(({ service }) => service)]),
  );
}

const classes = {
  new: "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
  changed: "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
  gone: "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:4",
} as const;

/**
 * The services that change and those beside them, as a Mermaid picture: an arrow leads from a service to what the service
 * waits for. The lines of the picture, or none where no service changes.
 */
export function picture({ services }: Changes, topology: Topology): string[] {
  const marks = new Map(
    services.flatMap(({ service, from, what }): [string, keyof typeof classes][] => [
      [service, what === "added" || what === "renamed" ? "new" : what === "removed" ? "gone" : "changed"],
      ...(from === undefined ? [] : [[from, "gone"] as [string, "gone"]]),
    ]),
  );
  if (marks.size === 0) return [];
  const edges = Object.entries(topology).flatMap(([from, to]) => to.map((other) => [from, other] as const));
  const beside = edges.flatMap(([from, to]) => (marks.has(from) ? [to] : marks.has(to) ? [from] : []));
  const all = [...new Set([...marks.keys(), ...beside])];
  const shown = all.slice(0, most);
  const idOf = (service: string) => `s${shown.indexOf(service)}`;
  const used = [...new Set(shown.flatMap((service) => marks.get(service) ?? []))];
  return [
    "```mermaid",
    "flowchart LR",
    ...used.map((mark) => `  classDef ${mark} ${classes[mark]}`),
    ...shown.map((service) => {
      const mark = marks.get(service);
      return `  ${idOf(service)}["${service}${mark === undefined ? "" : ` (${mark})`}"]${mark === undefined ? "" : `:::${mark}`}`;
    }),
    ...(all.length > most ? [`  more["and ${all.length - most} more"]`] : []),
    ...edges.flatMap(([from, to]) =>
      shown.includes(from) && shown.includes(to) ? [`  ${idOf(from)} --> ${idOf(to)}`] : [],
    ),
    "```",
  ];
}
