import { createHash } from "node:crypto";
import { replicasOf } from "../compose-spec/service.ts";
import type { Network } from "../compose-spec/definitions.ts";
import type { FileReference } from "../compose-spec/mount.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { externalReferences, targetAndOwner, type ContainerFile } from "../model/files.ts";
import type { ExternalParts } from "../model/swarm.ts";
import type { Model } from "../model/model.ts";
import { placeholders } from "../model/placeholder.ts";
import { updateOnSwarm } from "../model/swarm.ts";
import { publishedNetwork, type ExternalFile, type Plan, type ServicePlan } from "./plan.ts";

/**
 * The plan as it is made in a swarm. Its networks have a name of their own for each way to make them, since a network that
 * services use cannot be made anew under its name.
 *
 * @param model The model as it goes to a swarm.
 * @param there What the swarm has already. Default: nothing.
 */
export function planForSwarm(
  plan: Plan,
  model: Model,
  there: ExternalParts = { config: {}, secret: {} },
): Plan {
  const networks = networksOnSwarm(plan.networks);
  const gateway = plan.services.find(({ name }) => name === model.gateway);
  return {
    ...plan,
    networks,
    services: plan.services.map((service) => ({
      ...service,
      update: updateOnSwarm(service.name, service.service, model),
      givesWay: false,
      external: externalFilesOf(service.service, model, there),
      labels: { ...service.labels, ...routedBy(service, gateway, networks) },
      containers: Array.from({ length: tasksOf(service) ?? 1 }, (_, index) => {
        const name = `${swarmName(service.name, plan.project)}.${index + 1}`;
        return { name, containerName: name, number: index + 1 };
      }),
    })),
  };
}

function networksOnSwarm(networks: Plan["networks"]): Plan["networks"] {
  return Object.fromEntries(
    Object.entries(networks).map(([key, network]) => {
      if (network.external === true) return [key, network];
      const { name, tier, labels, driver_opts, ...written } = network;
      const options = key === publishedNetwork || driver_opts === undefined ? {} : { driver_opts };
      const made = { ...written, ...options, driver: "overlay" };
      return [
        key,
        {
          ...made,
          ...(tier === undefined ? {} : { tier }),
          ...(labels === undefined ? {} : { labels }),
          name: `${name}-${hashOf(inAnyOrder(made))}`,
        },
      ];
    }),
  );
}

/**
 * A network's definition, in which the order of options means nothing. That gives a network with options another name than
 * earlier versions did, which are other resources in Pulumi's state: the name would be taken.
 */
function inAnyOrder({ driver_opts, ...made }: Network): unknown {
  if (driver_opts === undefined) return made;
  return {
    ...made,
    driver_opts: Object.entries(driver_opts)
      .map((option) => JSON.stringify(option))
      .toSorted(),
  };
}

/** The label by which Traefik knows on which of its networks to find the containers of a service with a route. */
function routedBy(
  { route, service }: ServicePlan,
  gateway: ServicePlan | undefined,
  networks: Plan["networks"],
): Readonly<Record<string, string>> {
  const shared = Object.keys(service.networks ?? {}).find((key) =>
    Object.hasOwn(gateway?.service.networks ?? {}, key),
  );
  const name = route === undefined || shared === undefined ? undefined : networks[shared]?.name;
  return name === undefined ? {} : { "traefik.swarm.network": name };
}

/** What a service is called in a swarm, where all projects share the names. */
export function swarmName(service: string, project: string): string {
  return `${project}_${service}`;
}

/** How many containers a service is to have; `undefined` where each node has one. */
export function tasksOf({ service }: Pick<ServicePlan, "service">): number | undefined {
  return service.deploy?.mode === "global" ? undefined : replicasOf(service);
}

/** A file that the containers of a service get as a config or a secret of the swarm. */
export interface SwarmFile extends ContainerFile {
  readonly kind: "config" | "secret";
  /** Its key at the top level. */
  readonly source: string;
}

/**
 * The files of a service. One with a secret in it is a secret of the swarm, also where the definitions call it a config:
 * everybody who may ask a manager can read a config.
 *
 * @param secrets Names that placeholders may have.
 */
export function swarmFilesOf({ service, files }: ServicePlan, secrets: readonly string[]): SwarmFile[] {
  const { configs = [], secrets: secretFiles = [] } = service;
  const at = (references: readonly FileReference[], target: string) =>
    references.find((reference) => reference.target === target)?.source;
  return files.map((file) => {
    const secret = at(secretFiles, file.target);
    const isHidden = placeholders(file.content).some((name) => secrets.includes(name));
    return {
      ...file,
      kind: secret !== undefined || isHidden ? "secret" : "config",
      source: secret ?? at(configs, file.target) ?? "",
    };
  });
}

/** The configs and the secrets of a service that somebody else has made in the swarm. */
function externalFilesOf(service: Service, model: Model, there: ExternalParts): ExternalFile[] {
  return externalReferences(service, model).flatMap(({ kind, name, reference }) => {
    const id = own(there[kind], name);
    return id === undefined ? [] : [{ kind, name, id, ...targetAndOwner(reference) }];
  });
}

/** The name of a config, a secret or a network of one content: what is in use cannot be changed, and gives way to another. */
export function nameWithHash(project: string, source: string, hash: string): string {
  // A name has 64 characters at most, of these.
  return `${`${project}_${source}`.replace(/[^\w.-]/g, "-").slice(0, 51)}-${hash}`;
}

/** What tells one content from another in a name. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
}
