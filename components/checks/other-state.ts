import { mistake, type Finding } from "../findings/finding.ts";
import type { EngineContainer, EnginePart, KnownToState } from "../model/facts.ts";

/** How many names a message has at most. */
const shown = 4;

/**
 * A mistake where the engine has containers or networks of the stack that the stack's state does not know: another state
 * has them, and an update would want to make them once more, under the same names.
 *
 * @param command How a person takes them away and goes on.
 */
export function checkOtherState(
  { project, stack, command }: { readonly project: string; readonly stack: string; readonly command: string },
  engine: { readonly containers: readonly EngineContainer[]; readonly networks: readonly EnginePart[] },
  known: KnownToState,
): Finding[] {
  const containers = engine.containers.filter(
    ({ id, name, byCompose, ...other }) =>
      other.project === project && !byCompose && !known.containers.has(id) && !known.containers.has(name),
  );
  const networks = engine.networks.filter(
    ({ name, byCompose, ...other }) => other.project === project && !byCompose && !known.networks.has(name),
  );
  const names = [...containers, ...networks].map(({ name }) => `\`${name}\``).sort();
  if (names.length === 0) return [];
  const counts = [counted(containers.length, "container"), counted(networks.length, "network")];
  const of = counts.filter((count) => count !== "").join(" and ");
  const rest = names.length > shown ? ` and ${names.length - shown} more` : "";
  const isUp = containers.some(({ state }) => state === "running") ? "is up" : "is on the engine";
  return [
    mistake("other-state", {
      path: "state",
      message:
        `stack ${stack} ${isUp}, by another checkout's state or a state that was lost: the engine has ${of} of the stack ` +
        `that this state does not know (${names.slice(0, shown).join(", ")}${rest})`,
      fix:
        "name the backend that has the state, by PULUMI_BACKEND_URL or by backend.url in Pulumi.yaml; " +
        `or let this state begin anew: ${command}, which removes these containers and networks, never a volume, and goes on`,
    }),
  ];
}

function counted(count: number, noun: string): string {
  if (count === 0) return "";
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
