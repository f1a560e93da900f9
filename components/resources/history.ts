import * as pulumi from "@pulumi/pulumi";
import {
  definitionsNow,
  withUpdate,
  type EarlierDefinitions,
  type EarlierImage,
  type History,
  type Update,
} from "../changes/history.ts";
import { changesBetween, type Observed } from "../changes/changes.ts";
import { partOf, stackBefore, type StateResource } from "../changes/before.ts";
import { changesAnything, sentences, verdict } from "../changes/sentences.ts";
import { own } from "../compose-spec/own.ts";
import { identityOf, keepImages } from "../engine/images.ts";
import { wantedRollback } from "../local/asked.ts";
import { packed, unpacked } from "../local/packed.ts";
import { personAtWork } from "../local/person.ts";
import { componentType } from "../plan/package-names.ts";
import { knownValue } from "./known.ts";
import { masked, resourcesInState, type PreviewArgs } from "./preview.ts";
import type { Service } from "./service.ts";

export interface HistoryArgs extends PreviewArgs {
  readonly services: Readonly<Record<string, Service>>;
  /** What the stack is defined as, without its images. */
  readonly definitions: Omit<EarlierDefinitions, "images">;
}

/** What is kept with the state. */
interface Kept {
  readonly project: string;
  readonly updates: readonly Update[];
  /** The definitions by number, packed. They are a secret, because people write passwords down in definitions. */
  readonly packed: pulumi.Output<string>;
}

/**
 * The last updates of a project: who made them, what they changed, and the definitions that they brought up. An update is
 * added when every service is ready, and so one that fails is not there.
 */
export class UpdateHistory extends pulumi.ComponentResource {
  /** @param name Compose project name. */
  constructor(name: string, args: HistoryArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("History"), name, {}, options);
    if (pulumi.runtime.isDryRun()) return;
    // Now, as long as the state is what the last update has left.
    const before = resourcesInState();
    const made = pulumi.all([
      pulumi.all(Object.values(args.services).map(({ ready }) => ready)),
      pulumi.all(
        args.plan.services.flatMap(({ name: service, containers }) =>
          containers.map(
            (container, index) =>
              [container.name, args.services[service]?.containers[index]?.id ?? ""] as const,
          ),
        ),
      ),
    ]);
    // The history is read without a passphrase: what goes into it has no secret, other than what is made one there.
    this.registerOutputs(pulumi.unsecret(made.apply(async ([, ids]) => kept(await before, args, ids))));
  }
}

async function kept(
  resources: readonly StateResource[],
  args: HistoryArgs,
  containers: readonly (readonly string[])[],
): Promise<Kept> {
  const { plan, definitions } = args;
  const history = historyIn(plan.project, resources);
  const before = partOf(stackBefore(plan.project, resources), plan);
  const hidden = await knownValue(pulumi.all(Object.values(args.secrets)));
  const changes = masked(changesBetween(before, plan, observed(args, containers)), hidden ?? []);
  if (history.updates.length > 0 && !changesAnything(changes)) return packedOf(plan.project, history);
  const images = await imagesOf(args);
  const last = history.definitions[history.updates.at(-1)?.number ?? 0];
  const now = definitionsNow({ ...definitions, images }, plan, last);
  const rollback = wantedRollback(plan.project);
  const next = withUpdate(
    history,
    {
      at: new Date().toISOString(),
      ...(await personAtWork(process.cwd())),
      ...(rollback === undefined ? {} : { rollbackTo: rollback.number }),
      said: [verdict(changes), ...sentences(changes)],
    },
    now,
  );
  await keepImages(plan.project, builtImages(next), builtImages({ ...next, definitions: { 0: now } }));
  return packedOf(plan.project, next);
}

/** What the history of a project comes to where none is kept yet. */
const nothing: History = { updates: [], definitions: {} };

function historyIn(project: string, resources: readonly StateResource[]): History {
  const { outputs } =
    resources.find(
      ({ type, outputs: { project: name } }) => type === componentType("History") && name === project,
    ) ?? {};
  if (outputs === undefined) return nothing;
  const kept = outputs as unknown as { readonly updates: readonly Update[]; readonly packed: string };
  return { updates: kept.updates, definitions: unpacked(kept.packed) };
}

function packedOf(project: string, { updates, definitions }: History): Kept {
  return { project, updates, packed: pulumi.secret(packed(definitions)) };
}

/** What the engine can tell of an update after it: containers and networks that were not there are made. */
function observed(
  { plan, engine, secrets, starts, routes, routesFromFiles }: HistoryArgs,
  containers: readonly (readonly string[])[],
): Observed {
  const there = new Set(engine?.containers.map(({ id }) => id));
  const names = new Set(engine?.networks.map(({ name }) => name));
  return {
    made: containers.flatMap(([name = "", id = ""]) => (there.has(id) ? [] : [name])),
    networksMade: Object.entries(plan.networks).flatMap(([key, { name }]) => (names.has(name) ? [] : [key])),
    ...{ imagesMade: [], starts, routes, routesFromFiles, drift: {} },
    ...(engine === undefined ? {} : { volumes: engine.volumes.map(({ name }) => name) }),
    secrets: Object.keys(secrets),
  };
}

async function imagesOf({ plan }: HistoryArgs): Promise<Record<string, EarlierImage>> {
  const images = plan.services.map(async ({ name, image: reference }): Promise<[string, EarlierImage][]> => {
    // A service that is scaled to 0 may have an image that nobody has pulled.
    const found = await identityOf(reference).catch(() => undefined);
    return found === undefined ? [] : [[name, { reference, ...found }]];
  });
  return Object.fromEntries((await Promise.all(images)).flat());
}

/** The images that were built for the stack, and that no registry has. */
function builtImages({ definitions }: History): EarlierImage[] {
  return Object.values(definitions).flatMap(({ images, buildHashes }) =>
    Object.entries(images).flatMap(([service, image]) =>
      own(buildHashes, service) === undefined ? [] : [image],
    ),
  );
}
