import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { baseOf, madeBetween, type Base } from "../changes/base.ts";
import { partOf, recordOf, stackBefore, type Before, type StateResource } from "../changes/before.ts";
import { madeInSwarm } from "../changes/made-in-swarm.ts";
import { changesBetween, type Changes, type Observed } from "../changes/changes.ts";
import { topologyOf, type Topology } from "../changes/picture.ts";
import { describeChanges } from "../changes/sentences.ts";
import { driftInSwarm } from "../changes/swarm-drift.ts";
import { stackInSwarm } from "../engine/stack-in-swarm.ts";
import { answer, asked } from "../local/asked.ts";
import { changedByHand } from "../local/service-looks.ts";
import { withoutSecrets } from "../model/masking.ts";
import type { EngineFacts } from "../model/facts.ts";
import { projectLabel } from "../plan/package-names.ts";
import type { Plan } from "../plan/plan.ts";
import type { Networks } from "../provider/container.ts";
import type { Secrets } from "../provider/secrets.ts";
import { isKnown, knownValue } from "./known.ts";
import type { Service } from "./service.ts";
import type { SwarmService } from "./swarm.ts";

/** What a preview has to tell of. */
export interface PreviewArgs {
  readonly plan: Plan;
  /** Absent where no engine answers. */
  readonly engine: EngineFacts | undefined;
  /** The services on an engine; absent in a swarm, where a record alone tells what changes. */
  readonly services: Readonly<Record<string, Service>> | undefined;
  /** The services in a swarm; none on an engine. */
  readonly swarmServices: Readonly<Record<string, SwarmService>>;
  readonly networks: Networks;
  /** What no word may have. */
  readonly secrets: Secrets;
  /** Seconds that services took to start when they last did. */
  readonly starts: Readonly<Record<string, number>>;
  /** The gateway's routes in words, by name. */
  readonly routes: Readonly<Record<string, string>>;
  /** Whether the gateway reads its routes from files. */
  readonly routesFromFiles: boolean;
}

/** What a command is told of the changes of a project. */
export interface ChangesAnswer {
  readonly changes: Changes;
  readonly topology: Topology;
  /** What the project comes to, for a later preview that is compared with this one. */
  readonly base: Base;
}

/**
 * Says in a preview what the update would do. Where a resource of the stack is refused, Pulumi says that, and no word is
 * said here.
 *
 * @param project What the words are shown under.
 */
export async function sayChanges(project: pulumi.Resource, args: PreviewArgs): Promise<void> {
  const { plan, secrets, routes } = args;
  const found = await Promise.all([beforeOf(plan.project), observe(args)]).catch(() => undefined);
  if (found === undefined) return;
  const { against } = asked();
  const [before, observed] =
    against === undefined ? found : beside(baseIn(against, plan.project), plan, found[1]);
  const hidden = await knownValue(pulumi.all(Object.values(secrets)));
  const seen = args.services === undefined ? await seenInSwarm(before, args, observed) : observed;
  // What was kept has been masked, also where a part of a secret is an ordinary word.
  const now = against === undefined ? plan : { ...plan, services: maskedServices(plan, hidden ?? []) };
  const changes = masked(changesBetween(partOf(before, plan), now, seen), hidden ?? []);
  if (asked().changes === true)
    answer({
      ...{ changes, topology: topologyOf(plan) },
      base: masked(baseOf(plan, routes), hidden ?? []),
    } satisfies ChangesAnswer);
  const words = describeChanges(changes);
  if (words !== "") await pulumi.log.info(words, project);
}

function maskedServices({ services }: Plan, secrets: readonly string[]): Plan["services"] {
  return services.map((service) => ({ ...service, service: masked(service.service, secrets) }));
}

/** What was kept of a project by an earlier preview; nothing where the project is new. */
function baseIn(file: string, project: string): Base {
  const bases = JSON.parse(readFileSync(file, "utf8")) as readonly Base[];
  const none = { project, services: {}, networks: [], volumes: {}, routes: {}, defined: {} };
  return bases.find((base) => base.project === project) ?? none;
}

/** What is compared where definitions are compared with definitions: the engine of this machine has nothing of either. */
function beside(base: Base, plan: Plan, observed: Observed): [Before, Observed] {
  const known = { ...observed, ...madeBetween(base, plan), imagesMade: [], drift: {} };
  delete known.volumes;
  return [base, known];
}

async function beforeOf(project: string): Promise<Before> {
  return stackBefore(project, await resourcesInState());
}

/** What the state has, once it was asked for: a program may have many projects, and the state is as large as all of them. */
let state: Promise<readonly StateResource[]> | undefined;

/** What the state had of the stack when it was asked for first. */
export function resourcesInState(): Promise<readonly StateResource[]> {
  state ??= askForState();
  return state;
}

/**
 * Pulumi is asked, since the state may be anywhere. An update writes the state meanwhile, and not every store keeps a reader
 * from half of what is being written: then Pulumi is asked again.
 */
async function askForState(attempts = 5): Promise<readonly StateResource[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const { outputs: resources = {} } = (await pulumi.runtime.invoke(
      "pulumi:pulumi:readStackResourceOutputs",
      { stackName },
      { async: true },
    )) as { readonly outputs?: Readonly<Record<string, Omit<StateResource, "urn">>> };
    return Object.entries(resources).map(([urn, { type, outputs }]) => ({ urn, type, outputs }));
  } catch (error) {
    if (attempts === 1) throw error;
    await setTimeout(200);
    return askForState(attempts - 1);
  }
}

/** A swarm's service stays when its containers give way to others: its parts alone tell whether they do. */
async function seenInSwarm(
  before: Before,
  { plan, swarmServices }: PreviewArgs,
  observed: Observed,
): Promise<Observed> {
  const isBeside = asked().against !== undefined;
  const [secretsMade, drift] = await Promise.all([
    isBeside ? {} : secretsMadeIn(before, plan, swarmServices),
    isBeside ? {} : driftFromSwarm(before, plan),
  ]);
  const made = madeInSwarm(before, plan, { ...observed, secretsMade });
  return { ...observed, inSwarm: true, made, secretsMade, drift };
}

/** By service, the secrets of which the state has another value. */
async function secretsMadeIn(
  before: Before,
  plan: Plan,
  made: PreviewArgs["swarmServices"],
): Promise<Record<string, readonly string[]>> {
  const found = plan.services.map(async (service): Promise<[string, readonly string[]]> => {
    const { record, secretNames } = before.services[service.name] ?? {};
    const secrets = made[service.name]?.secrets ?? [];
    if (record === undefined || secretNames === undefined) return [service.name, []];
    const now = recordOf(service);
    const changed = secrets.map(async ({ file: { source, target }, name }) => {
      // Another file is told by its place.
      if (record.files[target] !== now.files[target]) return [];
      return secretNames.includes((await knownValue(name)) ?? "") ? [] : [source];
    });
    return [service.name, (await Promise.all(changed)).flat()];
  });
  return Object.fromEntries(await Promise.all(found));
}

/** A preview may run where no manager answers. */
async function driftFromSwarm(before: Before, { project }: Plan): Promise<Observed["drift"]> {
  const found = await stackInSwarm(`${projectLabel}=${project}`).catch(() => undefined);
  if (found === undefined) return {};
  return driftInSwarm(
    before,
    Object.fromEntries(found.services.map(({ service, wanted }) => [service, wanted])),
    changedByHand(project, found.services),
  );
}

async function observe(args: PreviewArgs): Promise<Observed> {
  const { plan, engine, services, networks, secrets, starts, routes, routesFromFiles } = args;
  const all = Object.entries(services ?? {});
  const [made, networksMade, imagesMade, drift] = await Promise.all([
    unknown(
      plan.services.flatMap(({ name, containers }) =>
        services === undefined
          ? []
          : containers.map(
              (container, index) => [container.name, services[name]?.containers[index]?.id] as const,
            ),
      ),
    ),
    unknown(
      Object.entries(networks).map(([key, network]) => [
        key,
        typeof network === "string" ? network : network.id,
      ]),
    ),
    unknown(all.map(([name, { image }]) => [name, image.id])),
    Promise.all(all.map(async ([name, service]) => [name, await service.drift] as const)),
  ]);
  return {
    ...{ made, networksMade, imagesMade, starts, routes, routesFromFiles },
    ...(engine === undefined ? {} : { volumes: engine.volumes.map(({ name }) => name) }),
    secrets: Object.keys(secrets),
    drift: Object.fromEntries(drift),
  };
}

/** The names of what Pulumi does not know yet: a resource that is made, or made anew, has no id in a preview. */
async function unknown(
  values: readonly (readonly [name: string, value: pulumi.Input<string> | undefined])[],
): Promise<string[]> {
  const found = await Promise.all(
    values.map(async ([name, value]) => ((await isKnown(pulumi.output(value))) ? [] : [name])),
  );
  return found.flat();
}

/** A value, every text of it without secrets: a person may have written one down in the definitions, too. */
export function masked<T>(whole: T, secrets: readonly string[]): T {
  const mask = (value: unknown): unknown => {
    if (typeof value === "string") return withoutSecrets(value, secrets);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mask(part)]));
  };
  return mask(whole) as T;
}
