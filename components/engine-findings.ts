import * as pulumi from "@pulumi/pulumi";
import {
  containersOnEngine,
  detailsOfContainers,
  detailsOfVolumes,
  memoryOfEngine,
  partsOnEngine,
} from "./engine/facts.ts";
import { listenersOn } from "./engine/listeners.ts";
import { startTimes } from "./local/start-times.ts";
import { checkExternals, checkForeign, checkTaken, placed } from "./checks/index.ts";
import { checkChangedVolumes, checkHalfRestored, madeVolumes, withDriver } from "./checks/made-volumes.ts";
import type { EngineContainer, EnginePart } from "./stack/facts.ts";
import type { Mistake } from "./findings/mistake.ts";
import { named } from "./plan/plan.ts";
import {
  checkMovedVolumes,
  checkRenames,
  keptVolumes,
  leftContainers,
  leftVolumes,
  movedContainers,
} from "./checks/renames.ts";
import type { Stack } from "./stack/stack.ts";
import type { Warning } from "./findings/warning.ts";
import { warningsIn } from "./warnings/index.ts";
import { limitsMemory } from "./warnings/memory.ts";

export interface EngineFindings {
  readonly mistakes: readonly Mistake[];
  readonly warnings: readonly Warning[];
  /** Names of the volumes that this program made for the project. */
  readonly made: readonly string[];
}

/**
 * What is found when a stack is held against the engine that it goes to, and against that engine's machine. The engine
 * is asked only for what the stack makes worth knowing: each question is time that a preview waits.
 *
 * Without an engine, as in a pull request's preview, there is nobody to ask, and less is found.
 *
 * @throws RunError where an update is to be made, and the engine does not answer.
 * @param project Compose project name.
 * @param keepsVolumes Whether volumes outlive `destroy`.
 */
export function findingsOnEngine(project: string, stack: Stack, keepsVolumes: boolean): EngineFindings {
  const containers = containersOnEngine();
  const warnings = (memory?: number) =>
    placed(stack, warningsIn(stack, { project, containers, memory, starts: startTimes(project) }));
  const onEngine = containers && partsOnEngine("volume");
  if (containers === undefined || onEngine === undefined) {
    mayGoWithout();
    return { mistakes: [], warnings: warnings(), made: [] };
  }

  const volumes = named(stack.volumes, project);
  const names = Object.values(volumes).map(({ name }) => name);
  const left = leftContainers(stack, project, names, containers);
  const present = onEngine.map(({ name }) => name);
  const moved = movedContainers(stack, project, volumes, containers, present);
  const details = detailsOfContainers([...left, ...moved].map(({ id }) => id)) ?? {};
  const made = madeVolumes(project, onEngine);
  // Of these something else is told, or they are removed with the stack.
  const others = [...left.flatMap((container) => container.volumes), ...(keepsVolumes ? [] : made)];
  return {
    mistakes: [
      ...inNames(stack, project, onEngine, containers),
      ...checkTaken(stack, { project, containers, listenersOn }),
      ...placed(stack, checkRenames(stack, project, left, details, containers)),
      ...placed(stack, [
        ...checkMovedVolumes(stack, volumes, moved, details, present),
        ...checkHalfRestored(volumes, containers),
        ...checkChangedVolumes(volumes, detailsOfVolumes(withDriver(volumes))),
      ]),
    ],
    warnings: [
      ...warnings(limitsMemory(stack) ? memoryOfEngine() : undefined),
      ...keptVolumes(left),
      ...placed(stack, leftVolumes(stack, project, volumes, onEngine, others)),
    ],
    made,
  };
}

/** An update that does not know what is there could remove data that the stack has no longer. */
function mayGoWithout(): void {
  if (pulumi.runtime.isDryRun()) return;
  throw new pulumi.RunError(
    "the engine does not answer, nothing was touched\n" +
      "→ see what `docker ps` says; it has to answer within 30 s. npm run setup starts an engine of this machine.\n",
  );
}

/** What the networks and volumes are called, held against those that the engine has. */
function inNames(
  stack: Stack,
  project: string,
  volumes: readonly EnginePart[],
  containers: readonly EngineContainer[],
): Mistake[] {
  // Most networks have a name that nobody else gives.
  const asks = Object.values(stack.networks).some(
    ({ external, name = project }) => external || !name.startsWith(project),
  );
  const networks = asks ? partsOnEngine("network") : [];
  if (networks === undefined) return [];
  const names = (parts: readonly EnginePart[]) => parts.map(({ name }) => name);
  return [
    ...checkExternals(stack, { networks: names(networks), volumes: names(volumes) }),
    ...checkForeign(stack, project, { networks, volumes, containers }),
  ];
}
