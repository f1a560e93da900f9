import { projectLabel } from "../plan/package-names.ts";

/** A network's or a volume's labels, Compose's own among them: its commands and other tools find by them what belongs together. */
export function composeLabels(
  project: string,
  kind: "network" | "volume",
  key: string,
  labels: Readonly<Record<string, string>> = {},
): { label: string; value: string }[] {
  const all = {
    ...labels,
    "com.docker.compose.project": project,
    [`com.docker.compose.${kind}`]: key,
    [projectLabel]: project,
  };
  return Object.entries(all).map(([label, value]) => ({ label, value }));
}
