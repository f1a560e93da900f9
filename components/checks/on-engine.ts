import type { Finding } from "../findings/finding.ts";
import type { EngineContainer, EnginePart, EngineFacts } from "../model/facts.ts";
import { routesVolume } from "../model/elsewhere.ts";
import type { Model } from "../model/model.ts";
import { named } from "../model/engine-names.ts";
import { imageHealthchecks } from "./dependencies.ts";
import { checkExternals, checkForeign, checkTaken } from "./index.ts";
import { missingImages } from "./images.ts";
import { checkChangedVolumes, checkHalfRestored, madeVolumes } from "./made-volumes.ts";
import { pausedContainers } from "./paused.ts";
import {
  checkMovedVolumes,
  checkRenames,
  leftContainers,
  leftVolumes,
  movedContainers,
  type LeftContainer,
} from "./renames.ts";

/**
 * What is found when a stack is compared with the engine that it goes to, and with that engine's machine.
 *
 * @param project Compose project name.
 * @param keepsVolumes Whether volumes outlive `destroy`.
 */
export function checkOnEngine(
  model: Model,
  project: string,
  engine: EngineFacts,
  keepsVolumes: boolean,
): Finding[] {
  const { containers, networks, listenersOn, containerDetails, volumeDetails } = engine;
  const volumes = named(model.volumes, project);
  const { left, moved } = withData(model, project, containers, engine.volumes);
  const present = namesOf(engine.volumes);
  // Another finding tells of these, or `destroy` removes them with the stack.
  const others = [
    ...left.flatMap((container) => container.volumes),
    ...(keepsVolumes ? [] : madeVolumes(project, engine.volumes)),
  ];
  return [
    ...checkExternals(model, { networks: namesOf(networks), volumes: present }),
    ...checkForeign(model, project, { networks, volumes: engine.volumes, containers }),
    ...checkTaken(model, { project, containers, listenersOn }),
    ...checkRenames(model, project, left, containerDetails, containers),
    ...checkMovedVolumes(model, volumes, moved, containerDetails, present),
    ...imageHealthchecks(model, engine.healthchecks),
    ...missingImages(model, engine.absentImages),
    ...pausedContainers(model, project, containers),
    ...checkHalfRestored(volumes, containers),
    ...checkChangedVolumes(volumes, volumeDetails),
    ...leftVolumes(model, project, volumes, engine.volumes, others),
  ];
}

/** The project's containers whose data the stack would leave behind, by a service's or by a volume's new name. */
export function withData(
  model: Model,
  project: string,
  containers: readonly EngineContainer[],
  onEngine: readonly EnginePart[],
): { readonly left: readonly LeftContainer[]; readonly moved: readonly EngineContainer[] } {
  const volumes = named(model.volumes, project);
  // A gateway's routes are no data.
  const routes = onEngine.filter(({ project: of, key }) => of === project && key === routesVolume);
  const names = [...Object.values(volumes), ...routes].map(({ name }) => name);
  return {
    left: leftContainers(model, project, names, containers),
    moved: movedContainers(model, project, volumes, containers, namesOf(onEngine)),
  };
}

function namesOf(parts: readonly EnginePart[]): string[] {
  return parts.map(({ name }) => name);
}
