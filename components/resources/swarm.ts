import { scryptSync } from "node:crypto";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { recordOf } from "../changes/before.ts";
import { plannedPorts, type PublishedPorts } from "../engine/ports.ts";
import { waitForService } from "../engine/tasks.ts";
import { noteStart } from "../local/start-times.ts";
import { componentType, namespaceLabel, projectLabel, revisionLabel } from "../plan/package-names.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { nameWithHash, shortHash, swarmFilesOf, swarmName, tasksOf, type SwarmFile } from "../plan/swarm.ts";
import { attachedNetworks, type Networks } from "../provider/container.ts";
import { labels } from "../provider/container-mounts.ts";
import { failure } from "../provider/failure.ts";
import { imageOnSwarm, type Logins } from "../provider/image.ts";
import { filledIn, type Secrets } from "../provider/secrets.ts";
import { definedService } from "../provider/swarm-service.ts";
import { idOf } from "./before.ts";
import { goOnWithout, whyClosed } from "./closed-gate.ts";
import { opaque } from "./opaque.ts";
import { progressOn } from "./progress.ts";
import type { Tiers } from "./tier.ts";

/** What the services of a swarm are made with. */
interface SwarmArgs {
  readonly plan: Plan;
  readonly networks: Networks;
  /** What placeholders are filled with. */
  readonly secrets: Secrets;
  /** The registry that built images are pushed to. */
  readonly registry: string;
  readonly logins: Logins;
}

/** A config or a secret of the swarm. */
interface Made {
  readonly id: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
}

/**
 * The services of a project in a swarm, by their names, each below its tier.
 *
 * @param project The parent of configs and secrets, which several services may have.
 */
export function makeSwarmServices(
  args: SwarmArgs,
  project: pulumi.Resource,
  tiers: Tiers,
): Readonly<Record<string, SwarmService>> {
  const made = new Map<string, Made>();
  const services: Record<string, SwarmService> = {};
  for (const plan of args.plan.services) {
    const files = swarmFilesOf(plan, Object.keys(args.secrets)).map((file) => {
      const key = `${file.kind} ${file.source}`;
      const known = made.get(key) ?? makeFile(file, args, project);
      made.set(key, known);
      return { file, made: known };
    });
    services[plan.name] = new SwarmService(
      plan.name,
      { ...args, service: plan, services, files },
      { parent: tiers[plan.tier] },
    );
  }
  return services;
}

/** What is in use cannot be changed: a new content is another config or secret, and the old one goes at the end. */
function makeFile(
  { kind, source, content }: SwarmFile,
  { plan: { project }, secrets }: SwarmArgs,
  parent: pulumi.Resource,
): Made {
  const filled = pulumi.output(filledIn(content, secrets));
  const common = labels({ [namespaceLabel]: project, [projectLabel]: project });
  const data = filled.apply((text) => Buffer.from(text, "utf8").toString("base64"));
  const options = { parent, deleteBeforeReplace: false };
  if (kind === "config") {
    const name = nameWithHash(project, source, shortHash(content));
    return new docker.ServiceConfig(`${source} (config)`, { name, data, labels: common }, options);
  }
  // Everybody who may ask a manager sees the name: nobody shall try out values by a quick hash.
  const salt = `${project} ${source}`;
  const name = pulumi.unsecret(
    filled.apply((text) => nameWithHash(project, source, scryptSync(text, salt, 6).toString("hex"))),
  );
  return new docker.Secret(
    `${source} (secret)`,
    { name, data: pulumi.secret(data), labels: common },
    options,
  );
}

interface SwarmServiceArgs extends SwarmArgs {
  readonly service: ServicePlan;
  /** The services that stand before this one, by name. */
  readonly services: Readonly<Record<string, SwarmService>>;
  readonly files: readonly { readonly file: SwarmFile; readonly made: Made }[];
}

/**
 * One service of a stack in a swarm: its image, the service itself, and the gate that opens when enough containers of this
 * revision run. A container of a swarm runs, and is found by others, only when it is healthy.
 *
 * The gate is looked at on every `up`, also for a service that did not change, and never in a preview.
 *
 * @throws ResourceError (through `ready`) when the service cannot become ready: its reason and the log of a container.
 */
export class SwarmService extends pulumi.ComponentResource {
  readonly resource: docker.Service;
  /** The service, once it is ready; what depends on the service takes this. */
  readonly ready: pulumi.Output<docker.Service>;
  /** Where the published ports are reached: on every node on which a container runs, by the name of the manager that was asked. */
  readonly ports: pulumi.Output<PublishedPorts>;
  /** The secrets that the service has as files. A secret with another value has another name in the swarm. */
  readonly secrets: readonly { readonly file: SwarmFile; readonly name: pulumi.Output<string> }[];

  constructor(name: string, args: SwarmServiceArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Service"), name, {}, options);
    const { plan, service } = args;
    const image = pulumi.output(imageOnSwarm(name, service, args, this));
    const revision = revisionOf(args, image);
    this.resource = opaque(
      new docker.Service(swarmName(name, plan.project), argumentsOf(args, image, revision), {
        parent: this,
        dependsOn: heldBackBy(args),
        // The name is taken as long as the old one is there.
        deleteBeforeReplace: true,
        // A swarm refuses to change the one mode into the other.
        replaceOnChanges: ["mode.global"],
        // The swarm fills them in from the image.
        ignoreChanges: ["taskSpec.placement.platforms"],
        // A service that goes and whose host port this one gets is removed first, as if it were this one.
        aliases: giversOf(args)
          .filter((from) => !plan.services.some((other) => other.name === from))
          .map((from) => ({ name: swarmName(from, plan.project) })),
      }),
    );
    this.ready = gateOf(this.resource, args, revision);
    this.secrets = args.files.flatMap(({ file, made: { name: inSwarm } }) =>
      file.kind === "secret" ? [{ file, name: inSwarm }] : [],
    );
    const ports = plannedPorts(service);
    this.ports = pulumi.runtime.isDryRun() ? pulumi.output(ports) : this.ready.apply(() => ports);
    this.registerOutputs({
      project: plan.project,
      tasks: service.containers.length,
      revision: service.revision,
      ports: this.ports,
      record: this.ready.apply(() => JSON.stringify(recordOf(service))),
    });
  }
}

/** Changes with all that containers of the service are made from, also with what the plan does not know. */
function revisionOf({ service, networks, files }: SwarmServiceArgs, image: pulumi.Output<string>) {
  const parts = [
    image,
    ...files.map(({ made }) => made.name),
    ...(service.external ?? []).map(({ id }) => id),
    ...attachedNetworks(service, networks).map(({ network }) =>
      typeof network === "string" ? network : network.name,
    ),
  ];
  return pulumi.all(parts).apply((known) => shortHash(JSON.stringify([service.revision, known])));
}

function argumentsOf(
  { plan, service, networks, files }: SwarmServiceArgs,
  image: pulumi.Output<string>,
  revision: pulumi.Output<string>,
): docker.ServiceArgs {
  const defined = definedService(service, plan);
  const ofKind = (kind: SwarmFile["kind"]) => [
    ...files
      .filter(({ file }) => file.kind === kind)
      .map(({ file, made: { id, name } }) => ({ id, name, place: placed(file) })),
    ...(service.external ?? [])
      .filter((file) => file.kind === kind)
      .map((file) => ({ id: file.id, name: file.name, place: placed(file) })),
  ];
  const placed = ({ target, mode, uid, gid }: Omit<SwarmFile, "content" | "source">) => ({
    fileName: target,
    fileMode: Number.parseInt(mode, 8),
    fileUid: uid ?? "0",
    fileGid: gid ?? "0",
  });
  return {
    ...defined.service,
    name: swarmName(service.name, plan.project),
    labels: revision.apply((value) => labels({ ...defined.labels, [revisionLabel]: value })),
    taskSpec: {
      ...defined.task,
      containerSpec: {
        ...defined.container,
        image,
        configs: ofKind("config").map(({ id, name, place }) => ({
          configId: id,
          configName: name,
          ...place,
        })),
        secrets: ofKind("secret").map(({ id, name, place }) => ({
          secretId: id,
          secretName: name,
          ...place,
        })),
      },
      networksAdvanceds: attachedNetworks(service, networks).map(({ network, attachment }) => ({
        id: idOf(network),
        aliases: [...new Set([service.name, ...(attachment.aliases ?? [])])],
      })),
    },
  };
}

function heldBackBy(args: SwarmServiceArgs): pulumi.Output<pulumi.Resource[]> {
  const { service, services } = args;
  const others = service.waitsFor.flatMap(({ service: name, condition }) => {
    const other = services[name];
    if (other === undefined) return [];
    return [condition === "service_started" ? pulumi.output(other.resource) : other.ready];
  });
  // A service whose host port this one gets may be made behind this one.
  const givers = Promise.resolve().then(() =>
    giversOf(args).flatMap((from) => services[from]?.resource ?? []),
  );
  return pulumi.all([pulumi.all(others), givers]).apply((before) => before.flat());
}

/** The services whose host ports this one gets. */
function giversOf({ plan, service }: SwarmServiceArgs): readonly string[] {
  return [...new Set(plan.handOvers.filter(({ to }) => to.service === service.name).map(({ from }) => from))];
}

function gateOf(
  resource: docker.Service,
  { plan, service, secrets }: SwarmServiceArgs,
  revision: pulumi.Output<string>,
): pulumi.Output<docker.Service> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(resource);
  const { gate } = service;
  const opened = pulumi
    .all([resource.id, revision, pulumi.all(Object.values(secrets))])
    .apply(async ([id, wanted, hidden]) => {
      const progress = progressOn(resource);
      const until = {
        revision: wanted,
        label: revisionLabel,
        project: `${projectLabel}=${plan.project}`,
        replicas: tasksOf(service),
        isJob: gate.state === "completed",
        timeout: gate.timeout + swarmTime,
      };
      try {
        const seconds = await waitForService(id, service.name, until, (detail) => {
          progress.waits(`waits for ${service.name} ${detail}`);
        });
        noteStart(plan.project, service.name, seconds);
        progress.ends(`${service.name} is ready`);
      } catch (error) {
        const message = whyClosed(error, service.name, hidden, service.service);
        if (!service.optional) throw failure(message, resource);
        await goOnWithout(service.name, message, resource);
      }
      return resource;
    });
  // The secrets were needed only to mask them.
  return pulumi.unsecret(opened);
}

/** What a swarm needs beyond a health check: to place containers, to pull on each node, to watch an update. Milliseconds. */
const swarmTime = 120_000;
