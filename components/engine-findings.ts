import * as pulumi from "@pulumi/pulumi";
import { twoEngines } from "./engine/address.ts";
import {
  containersOnEngine,
  detailsOfContainers,
  detailsOfVolumes,
  memoryOfEngine,
  partsOnEngine,
} from "./engine/facts.ts";
import { listenersOn } from "./engine/listeners.ts";
import { commandFor } from "./local/command-for.ts";
import { startTimes } from "./local/start-times.ts";
import { checkExternals, checkForeign, checkMeasured, checkTaken, placed } from "./checks/index.ts";
import { checkChangedVolumes, checkHalfRestored, madeVolumes, withDriver } from "./checks/made-volumes.ts";
import type { EngineContainer, EnginePart } from "./model/facts.ts";
import { mistake, type Finding } from "./findings/finding.ts";
import { named } from "./plan/plan.ts";
import {
  checkMovedVolumes,
  checkRenames,
  keptVolumes,
  leftContainers,
  leftVolumes,
  movedContainers,
} from "./checks/renames.ts";
import type { Model } from "./model/model.ts";
import { limitsMemory } from "./checks/memory.ts";
import { guess } from "./guesses/index.ts";

export interface EngineFindings {
  readonly findings: readonly Finding[];
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
export function findingsOnEngine(project: string, model: Model, keepsVolumes: boolean): EngineFindings {
  const apart = onTwoEngines();
  if (apart !== undefined) return { findings: [apart], made: [] };

  const containers = containersOnEngine();
  const starts = startTimes(project);
  const guesses = guess(model, project, containers);
  const onEngine = containers && partsOnEngine("volume");
  if (containers === undefined || onEngine === undefined) {
    mayGoWithout();
    return { findings: placed(model, [...checkMeasured(model, { starts }), ...guesses]), made: [] };
  }

  const volumes = named(model.volumes, project);
  const names = Object.values(volumes).map(({ name }) => name);
  const left = leftContainers(model, project, names, containers);
  const present = onEngine.map(({ name }) => name);
  const moved = movedContainers(model, project, volumes, containers, present);
  const details = detailsOfContainers([...left, ...moved].map(({ id }) => id)) ?? {};
  const made = madeVolumes(project, onEngine);
  // Of these something else is told, or they are removed with the stack.
  const others = [...left.flatMap((container) => container.volumes), ...(keepsVolumes ? [] : made)];
  return {
    findings: [
      ...placed(model, [
        ...inNames(model, project, onEngine, containers),
        ...checkTaken(model, { project, containers, listenersOn }),
        ...checkRenames(model, project, left, details, containers),
        ...checkMovedVolumes(model, volumes, moved, details, present),
        ...checkHalfRestored(volumes, containers),
        ...checkChangedVolumes(volumes, detailsOfVolumes(withDriver(volumes))),
        ...checkMeasured(model, { starts, memory: limitsMemory(model) ? memoryOfEngine() : undefined }),
        ...guesses,
        ...leftVolumes(model, project, volumes, onEngine, others),
      ]),
      ...keptVolumes(left),
    ],
    made,
  };
}

/** What the checks would find on one engine says nothing of an update on the other. */
function onTwoEngines(): Finding | undefined {
  const config = new pulumi.Config("docker");
  const [host, context] = [config.get("host"), config.get("context")];
  const apart = twoEngines({ host, context });
  if (apart === undefined) return undefined;
  const { commandLine, provider } = apart;
  const said = host !== undefined || context !== undefined;
  return mistake("two-engines", {
    path: said ? `docker:${context === undefined ? "host" : "context"}` : "DOCKER_HOST",
    message:
      `Docker's command line works on ${commandLine.host} (${commandLine.from}), ` +
      `and Pulumi's Docker provider would work on ${provider.host} (${provider.from})`,
    fix: said
      ? `take it out of the stack's config, or let the command line work there: export DOCKER_HOST=${provider.host}`
      : `use ${commandFor(process.cwd(), pulumi.getStack(), "up")}, which works on ${commandLine.host}; ` +
        `or first: export DOCKER_HOST=${commandLine.host}; unset DOCKER_CONTEXT`,
  });
}

/** An update that does not know what is there could remove data that the stack has no longer. */
function mayGoWithout(): void {
  if (pulumi.runtime.isDryRun()) return;
  throw new pulumi.RunError(
    "the engine does not answer, nothing was touched\n" +
      "→ see what `docker ps` says, which has to answer within 30 s; `npx pulumi-compose doctor` says how to get an engine.\n",
  );
}

/** What the networks and volumes are called, held against those that the engine has. */
function inNames(
  model: Model,
  project: string,
  volumes: readonly EnginePart[],
  containers: readonly EngineContainer[],
): Finding[] {
  // Most networks have a name that nobody else gives.
  const asks = Object.values(model.networks).some(
    ({ external, name = project }) => external || !name.startsWith(project),
  );
  const networks = asks ? partsOnEngine("network") : [];
  if (networks === undefined) return [];
  const names = (parts: readonly EnginePart[]) => parts.map(({ name }) => name);
  return [
    ...checkExternals(model, { networks: names(networks), volumes: names(volumes) }),
    ...checkForeign(model, project, { networks, volumes, containers }),
  ];
}
