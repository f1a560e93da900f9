import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { putFiles } from "../engine/container-files.ts";
import { driftOf, type Drift } from "../engine/drift.ts";
import { messageOf } from "../engine/engine.ts";
import { inspectContainer } from "../engine/inventory.ts";
import { setLimits, type FurtherLimits } from "../engine/limits.ts";
import { plannedPorts, publishedPortsOf, publishedPorts, type PublishedPorts } from "../engine/ports.ts";
import {
  lookAtContainer,
  NotReady,
  startWhatFailed,
  waitUntilReady,
  wasStartedNow,
  whyStartedAgain,
} from "../engine/readiness.ts";
import { noteJobFiles } from "../local/job-files.ts";
import { noteStart } from "../local/start-times.ts";
import { projectLabel } from "../plan/package-names.ts";
import { aliasesOn, type Endpoint } from "../plan/endpoints.ts";
import type { ContainerPlan, ServicePlan } from "../plan/plan.ts";
import { goOnWithout, whyClosed } from "./closed-gate.ts";
import { knownValue } from "./known.ts";
import { progressOn } from "./progress.ts";
import { attachedNetworks, type Networks } from "../provider/container.ts";
import { failure } from "../provider/failure.ts";
import { filledIn, type Secrets } from "../provider/secrets.ts";
import type { Taking } from "./hand-over.ts";
import type { Turn } from "./starts.ts";

// Pulumi reports a gate that fails. Node.js would also warn that others learn of the failure later.
process.on("rejectionHandled", () => undefined);

/** What a gate needs to know beside its container. */
export interface GateArgs {
  readonly plan: ServicePlan;
  readonly planned: ContainerPlan;
  readonly networks: Networks;
  /** What the container's log may hold, and no message may. */
  readonly secrets: Secrets;
  /** Those of the containers of which the container shares a namespace. */
  readonly owners: readonly Gate[];
  /** What the container has taken from others. */
  readonly taking: Taking | undefined;
  /** The container's turn to start; `undefined` for a container that needs none. */
  readonly turn: Promise<Turn> | undefined;
}

export interface Gate {
  /** The container once it is ready, which is when the gate opens. */
  readonly opened: pulumi.Output<docker.Container>;
  /** Where the container's published ports are reached, once the gate has opened; in a preview those that are planned. */
  readonly ports: pulumi.Output<PublishedPorts>;
  /** Resolves when the container runs again, if it can, whether it will be ready or not. Never rejects. */
  readonly mended: Promise<unknown>;
  /** In a preview what befell the container outside of Pulumi, and what `up` does about that. */
  readonly drift: Promise<readonly string[]>;
}

/**
 * The gate of a container. Every `up` looks at the gate, also where the container did not change. What befell the container
 * outside of Pulumi is mended there; a preview says what would be.
 *
 * @throws ResourceError when the container cannot become ready and another service requires it.
 */
export function openGate(container: docker.Container, args: GateArgs): Gate {
  const { plan, secrets, owners, taking, turn } = args;
  const endpoints = endpointsOf(args);
  if (pulumi.runtime.isDryRun()) {
    const drift = driftFound(container, args, endpoints);
    const [opened, ports] = [pulumi.output(container), pulumi.output(plannedPorts(plan))];
    return { opened, ports, mended: Promise.resolve(), drift };
  }
  const mended = Promise.withResolvers<undefined>();
  const passed = pulumi
    .all([
      ...([container.id, container.name, endpoints, pulumi.all(Object.values(secrets))] as const),
      pulumi.output(plan.filesByGate ? filledIn(plan.files, secrets) : []),
    ])
    .apply(async ([id, name, wanted, hidden, files]) => {
      const called = calledIn(plan, name);
      const { end } = (await turn) ?? { end: () => undefined };
      try {
        await Promise.all(owners.map((owner) => owner.mended));
        let seen = await lookAtContainer(id, called);
        // What is wrong with a container that takes no limits, such as a restart, the wait says better.
        const isLimited = await setLimits(seen, furtherLimits(plan)).then(
          () => true,
          () => false,
        );
        const drifts = await driftOf(seen, plan, wanted);
        await mend(container, called, drifts);
        await putFiles(seen, files);
        await taking?.stopOthers();
        if (drifts.length > 0 || taking !== undefined) seen = await lookAtContainer(id, called);
        seen = await startWhatFailed(seen, called, plan.gate);
        mended.resolve(undefined);
        const progress = progressOn(container);
        const onProgress = (detail: string) => {
          progress.waits(`waits for ${called} ${detail}`);
        };
        const ready = await waitUntilReady(seen, called, plan.gate, { onProgress, onStarted: end });
        progress.ends(`${called} is ready`);
        if (!isLimited) await setLimits(ready.container, furtherLimits(plan));
        await taking?.keep();
        const project = plan.labels[projectLabel] ?? "";
        noteStart(project, plan.name, ready.seconds);
        if (plan.worksOn !== undefined && (await wasStartedNow(ready.container)))
          noteJobFiles(project, plan.name, plan.worksOn);
        return publishedPortsOf(ready.container);
      } catch (error) {
        const message = whyClosed(error, called, hidden, plan.service);
        if (!plan.optional) throw failure(message + ((await taking?.giveBack()) ?? ""), container);
        await taking?.keep();
        await goOnWithout(plan.name, message, container);
        return await publishedPorts(id).catch((): PublishedPorts => ({}));
      } finally {
        end();
        mended.resolve(undefined);
      }
    });
  // The secrets were needed only to mask them.
  const ports = pulumi.unsecret(passed);
  return { opened: ports.apply(() => container), ports, mended: mended.promise, drift: Promise.resolve([]) };
}

/** What a preview has to say of a container that stays: of one that is made, or made anew, the id is not known. */
async function driftFound(
  container: docker.Container,
  { plan }: GateArgs,
  endpoints: ReturnType<typeof endpointsOf>,
): Promise<readonly string[]> {
  // A container that is refused is Pulumi's to tell of.
  const found = await knownValue(pulumi.all([container.id, container.name, endpoints])).catch(
    () => undefined,
  );
  if (found === undefined) return [];
  const [id, name, wanted] = found;
  // A preview may run where no engine is.
  const present = await inspectContainer(id).catch(() => undefined);
  if (present === undefined) return [];
  const drifts = await driftOf(present, plan, wanted).catch(() => []);
  const ended = await whyStartedAgain(present, plan.gate).catch(() => undefined);
  const which = plan.containers.length === 1 ? "" : `(${name}) `;
  const all = [...drifts, ...(ended === undefined ? [] : [{ what: ended, remedy: "is started again" }])];
  return all.map(({ what, remedy }) => `${which}${what}: \`up\` mends that, the container ${remedy}`);
}

function calledIn({ name: service, containers }: ServicePlan, name: string): string {
  return containers.length === 1 ? service : name;
}

async function mend(container: docker.Container, called: string, drifts: readonly Drift[]): Promise<void> {
  for (const { what, remedy, mend } of drifts) {
    await pulumi.log.info(`${called} ${what}: the container ${remedy}`, container);
    try {
      await mend();
    } catch (error) {
      throw new NotReady(`${called} ${what}, which cannot be mended: ${messageOf(error)}`);
    }
  }
}

/** The places that a container is to have on networks; `undefined` for one that has no network of its own. */
function endpointsOf({ plan, planned, networks }: GateArgs): pulumi.Output<readonly Endpoint[] | undefined> {
  const attached = attachedNetworks(plan, networks);
  if (attached.length === 0) return pulumi.output(undefined);
  const places = attached.map(({ network, attachment }) => ({
    ...attachment,
    network: typeof network === "string" ? network : network.name,
    aliases: aliasesOn(attachment, plan, planned),
  }));
  return pulumi.output(places);
}

/** Limits that the provider has no argument for; the engine sets them on the running container. */
function furtherLimits({ service }: ServicePlan): FurtherLimits {
  const pids = service.deploy?.resources?.limits?.pids ?? service.pids_limit;
  return { pids, blkioWeight: service.blkio_config?.weight };
}
