import { createHash } from "node:crypto";
import { own } from "../compose-spec/own.ts";
import { asOnSwarm } from "../compose-spec/on-swarm.ts";
import type { File } from "../compose-spec/definitions.ts";
import { filesOf } from "./files.ts";
import { endsAsJob } from "./dependencies.ts";
import type { Model } from "./model.ts";
import type { Service } from "../compose-spec/service.ts";
import { writtenBy, type Update } from "./update.ts";

/** A Docker Swarm that a stack goes to. */
export interface Swarm {
  /** Addresses of managers, of which the first that answers is asked. Default: what Docker's command line works on. */
  readonly managers?: readonly string[] | undefined;
  /** Address of the registry that images are pushed to. Default: none. */
  readonly registry?: string | undefined;
}

/** Ids of the configs and the secrets that a swarm has, by their names. */
export interface ExternalParts {
  readonly config: Readonly<Record<string, string>>;
  readonly secret: Readonly<Record<string, string>>;
}

/** What the services of a stack have in a swarm now, by their names in the definitions. */
export type ServicesInSwarm = Readonly<
  Record<
    string,
    { readonly id: string; /** Host ports, such as `8080/tcp`. */ readonly ports: readonly string[] }
  >
>;

/** The networks that a swarm has, by name. */
export type NetworksInSwarm = Readonly<
  Record<
    string,
    { readonly subnets: readonly string[]; /** Of a network of the stack, its key. */ readonly key?: string }
  >
>;

/** Where a stack runs. */
export type Target = "engine" | "swarm";

/** A registry's address as images are named by it, without the scheme. */
function registryHost(registry: string): string {
  return registry.replace(/^https?:\/\//, "").replace(/\/+$/, "");
}

/** The name of the secret that stands for a file of this machine in definitions. */
export function secretOfFile(path: string): string {
  return `file_${createHash("sha256").update(path).digest("hex").slice(0, 12)}`;
}

/** What was read beforehand for a model that goes to a swarm. */
export interface ReadForSwarm {
  /** The name of the secret that stands for a file of this machine, by the file's path. */
  readonly secretFiles: Readonly<Record<string, string>>;
  /** Content of a file of this machine, by the file's path. */
  readonly contents: Readonly<Record<string, string>>;
  /** Digests of images in their registries, by reference. */
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * The model as it goes to a swarm: services without what no swarm honours, files with their content, since a node does not
 * have them, built images under a name in the registry, others by their digest.
 */
export function modelOnSwarm(
  model: Model,
  { registry, project }: { readonly registry: string | undefined; readonly project: string },
  { contents, secretFiles, digests }: ReadForSwarm,
): Model {
  const withContent = (texts: (path: string) => string | undefined) => (files: Model["configs"]) =>
    Object.fromEntries(
      Object.entries(files).map(([key, { file, ...rest }]): [string, File] => {
        const content = file === undefined ? undefined : texts(file);
        return [key, file === undefined ? rest : { ...rest, content: content ?? "" }];
      }),
    );
  const placeholder = (path: string) => {
    const secret = own(secretFiles, path);
    return secret === undefined ? undefined : `\${${secret}}`;
  };
  return {
    ...model,
    services: Object.fromEntries(
      Object.entries(model.services).map(([name, service]) => [
        name,
        { ...asOnSwarm(service), ...imageOn(name, service, { registry, project, digests }) },
      ]),
    ),
    configs: withContent((path) => own(contents, path))(model.configs),
    secretFiles: withContent(placeholder)(model.secretFiles),
    secrets: [...model.secrets, ...Object.values(secretFiles)],
  };
}

function imageOn(
  name: string,
  { image, build }: Service,
  {
    registry,
    project,
    digests,
  }: {
    readonly registry: string | undefined;
    readonly project: string;
    readonly digests: ReadForSwarm["digests"];
  },
): Pick<Service, "image"> {
  if (build === undefined) {
    if (image === undefined) return {};
    const digest = own(digests, image);
    return { image: digest === undefined || image.includes("@") ? image : `${image}@${digest}` };
  }
  const host = registryHost(registry ?? "");
  const named = image ?? `${project}-${name}`;
  return { image: host === "" || named.startsWith(`${host}/`) ? named : `${host}/${named}` };
}

/** Paths of this machine's files that services get as configs, and those that they get as secrets. */
export function filesForSwarm(model: Model): {
  readonly configs: readonly string[];
  readonly secrets: readonly string[];
} {
  const used = (kind: "configs" | "secrets") => {
    const files = Object.values(model.services).flatMap((service) =>
      filesOf({ [kind]: service[kind] }, model).flatMap(({ file }) => file?.file ?? []),
    );
    return [...new Set(files)];
  };
  return { configs: used("configs"), secrets: used("secrets") };
}

/** Whether another value of a service's key, such as `networks.back.aliases`, makes the service of a swarm anew. */
export function isFixedInSwarm(path: string): boolean {
  return /^(?:networks|extra_hosts|sysctls|labels|deploy\.mode)(?:\.|$)/.test(path);
}

/** Whether every container of the service runs on one and the same node, as far as its constraints tell. */
export function hasOnePlace({ deploy: { placement } = {} }: Service): boolean {
  return (placement?.constraints ?? []).some((constraint) =>
    /^node\.(?:id|hostname|labels\.\S+)\s*==/.test(constraint.trim()),
  );
}

/** What keeps a container of a new revision from running beside one of the old revision in a swarm. */
export function obstacleOnSwarm(name: string, service: Service, model: Model): string | undefined {
  const { ports = [], deploy: { mode, placement } = {} } = service;
  if (endsAsJob(name, model)) return "it is a job, which must not run twice at once";
  if (mode === "global") return "each node has one container of it";
  const [port] = ports.flatMap(({ published }) => published ?? []);
  if (port !== undefined) return `only one container of a node can publish port ${port}`;
  if (placement?.max_replicas_per_node) return "deploy.placement.max_replicas_per_node leaves no room for it";
  const [written] = writtenBy(service);
  return written === undefined ? undefined : `it writes to ${written}`;
}

/** How a service is updated in a swarm, which lets others find a container only when it is ready. */
export function updateOnSwarm(name: string, service: Service, model: Model): Update {
  const { order, parallelism = 1 } = service.deploy?.update_config ?? {};
  const among = { parallelism: parallelism === 0 ? Infinity : parallelism };
  const obstacle = obstacleOnSwarm(name, service, model);
  if (order === "stop-first") return { ...among, order, because: "deploy.update_config.order says so" };
  if (obstacle !== undefined) return { ...among, order: "stop-first", because: obstacle };
  return { ...among, order: "start-first", because: "a swarm lets others find a container when it is ready" };
}
