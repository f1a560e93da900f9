import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { labelsIn, nameIn } from "../changes/before.ts";
import type { KnownToState } from "../model/facts.ts";
import type { ExternalParts } from "../model/swarm.ts";
import { networkType, networkTypes, pluginName } from "../plan/package-names.ts";
import { stateFile, stateFolder } from "./backend.ts";
import { definitionIn, programFolder, readDefinition } from "./pulumi-yaml.ts";

/** What Pulumi has noted of a stack, as far as its containers, networks and volumes can be known by it. */
interface Deployment {
  readonly resources?: readonly Noted[];
  readonly pending_operations?: readonly { readonly resource: Noted }[];
}

interface Noted {
  readonly urn?: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: {
    readonly name?: unknown;
    /** Of a network. */
    readonly labels?: unknown;
    /** Of a service in a swarm. */
    readonly taskSpec?: { readonly containerSpec?: NotedParts };
  };
  readonly outputs?: { readonly record?: unknown };
}

/** Configs and secrets of a swarm that a service has. */
interface NotedParts {
  readonly configs?: readonly { readonly configName?: string; readonly configId?: string }[];
  readonly secrets?: readonly { readonly secretName?: string; readonly secretId?: string }[];
}

/**
 * The containers, networks and volumes that a stack's state knows, also containers and networks whose making or removal
 * has only begun. Containers are known by their id, since another one of the same name may be another state's. Networks and
 * volumes are known by their name.
 */
export function knownTo({ resources = [], pending_operations: pending = [] }: Deployment): KnownToState {
  const begun = pending.map(({ resource }) => resource);
  const names = (list: readonly Noted[], ...kinds: readonly string[]) =>
    list.flatMap(({ type, inputs }) =>
      kinds.includes(type) && typeof inputs?.name === "string" ? [inputs.name] : [],
    );
  const containers = resources.flatMap(({ type, id }) =>
    type === "docker:index/container:Container" && id !== undefined ? [id] : [],
  );
  return {
    containers: new Set([...containers, ...names(begun, "docker:index/container:Container")]),
    networks: new Set(names([...resources, ...begun], ...networkTypes)),
    // One that is only begun may never have been there.
    volumes: new Set(names(resources, "docker:index/volume:Volume")),
  };
}

/**
 * What the state of a program's stack knows. Of a file backend the file is read, because the program runs within Pulumi,
 * and a preview would have to wait a third of a second for another Pulumi's answer. Of other backends Pulumi is asked.
 *
 * @returns `undefined` where the state cannot be read: Pulumi itself reads it before, and says so.
 */
export function knownToStateOf(program: string, stack: string, directory: string): KnownToState | undefined {
  const deployment = deploymentOf(program, stack, directory);
  return deployment === undefined || deployment === "unreadable" ? undefined : knownTo(deployment);
}

/**
 * What a manager of a swarm told at the last `up` of a program's stack: digests of images, and ids of configs and secrets.
 * Where no manager answers, as in a pull request's preview, nobody else knows that.
 */
export function swarmInState(
  program: string,
  stack: string,
  directory: string,
): { readonly digests: Readonly<Record<string, string>>; readonly external: ExternalParts } {
  const deployment = deploymentOf(program, stack, directory);
  const { resources = [] } = deployment === "unreadable" ? {} : (deployment ?? {});
  const digests = resources.flatMap(({ outputs: { record } = {} }): [string, string][] => {
    if (typeof record !== "string") return [];
    const [image = "", digest] = (JSON.parse(record) as { readonly image: string }).image.split("@");
    return digest === undefined ? [] : [[image, digest]];
  });
  const parts = resources.map(({ inputs }) => inputs?.taskSpec?.containerSpec ?? {});
  const configs = parts.flatMap((spec) =>
    (spec.configs ?? []).map((part) => [part.configName, part.configId]),
  );
  const secrets = parts.flatMap((spec) =>
    (spec.secrets ?? []).map((part) => [part.secretName, part.secretId]),
  );
  return {
    digests: Object.fromEntries(digests),
    external: {
      config: Object.fromEntries(configs) as ExternalParts["config"],
      secret: Object.fromEntries(secrets) as ExternalParts["secret"],
    },
  };
}

/** Who makes the networks of a stack. */
export interface NetworkMakers {
  /**
   * Whether the plugin makes a network: the provider that has made a network keeps the network, since another provider's
   * network is another resource. A new network is the plugin's, where Pulumi.yaml says where the plugin is.
   *
   * @param key In the definitions: a network that gets another name is the same resource.
   */
  readonly isOfPlugin: (key: string) => boolean;
  /** Whether the plugin has made a network, and Pulumi.yaml no longer says where the plugin is. */
  readonly lacksPlugin: boolean;
}

/**
 * @param project Compose project name: a program may have several projects.
 * @returns `undefined` where the state cannot be read.
 */
export function networkMakers(
  { program, stack, project }: { readonly program: string; readonly stack: string; readonly project: string },
  directory: string,
): NetworkMakers | undefined {
  const folder = programFolder(directory) ?? directory;
  const deployment = deploymentOf(program, stack, folder, lastExported);
  if (deployment === "unreadable") return undefined;
  const made = new Map(
    (deployment?.resources ?? []).flatMap(({ urn = "", type, inputs }) => {
      if (!networkTypes.includes(type)) return [];
      const labels = labelsIn(inputs?.labels);
      const isMeant = labels["com.docker.compose.project"] === project;
      return isMeant ? [[labels["com.docker.compose.network"] ?? nameIn(urn), type] as const] : [];
    }),
  );
  const file = definitionIn(folder);
  const { plugins } = file === undefined ? {} : readDefinition(file);
  const isNamed = plugins?.providers?.some(({ name }) => name === pluginName) === true;
  return {
    isOfPlugin: (key) => (made.has(key) ? made.get(key) === networkType : isNamed),
    lacksPlugin: !isNamed && [...made.values()].includes(networkType),
  };
}

/** @returns `undefined` for a stack of which nothing is kept yet. */
function deploymentOf(
  program: string,
  stack: string,
  directory: string,
  ask = exported,
): Deployment | undefined | "unreadable" {
  try {
    const folder = programFolder(directory) ?? directory;
    const file = definitionIn(folder);
    const url = file === undefined ? undefined : readDefinition(file).backend?.url;
    const place = { name: program, directory: folder, backend: typeof url === "string" ? url : undefined };
    if (stateFolder(place) === undefined) return ask(program, stack, folder);
    const state = stateFile(place, stack);
    return state === undefined ? undefined : deploymentIn(state);
  } catch {
    return "unreadable";
  }
}

/**
 * What a file of a file backend holds, or a backup of such a file.
 *
 * @throws Error where the file is not there, or is not what Pulumi wrote to its end.
 */
export function deploymentIn(file: string): Deployment {
  const content = readFileSync(file);
  const text = (/\.gz(?:\.bak)?$/.test(file) ? gunzipSync(content) : content).toString();
  const { checkpoint } = JSON.parse(text) as { readonly checkpoint: { readonly latest?: Deployment | null } };
  return checkpoint.latest ?? {};
}

/** What Pulumi has exported last. */
let last: { readonly of: string; readonly deployment: Deployment } | undefined;

/**
 * The state as Pulumi exports it, for which no passphrase is needed.
 *
 * @returns `undefined` where no Pulumi runs the program, as in a test with mocks: Pulumi tells a program whose stack the stack is.
 */
function exported(program: string, stack: string, directory: string): Deployment | undefined {
  const { PULUMI_NODEJS_ORGANIZATION: organization = "" } = process.env;
  if (organization === "") return undefined;
  const name = `${organization}/${program}/${stack}`;
  const { stdout } = spawnSync("pulumi", ["stack", "export", "--stack", name, "--non-interactive"], {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: Infinity,
  });
  const { deployment } = JSON.parse(stdout) as { readonly deployment: Deployment | null };
  last = { of: JSON.stringify([program, stack, directory]), deployment: deployment ?? {} };
  return last.deployment;
}

/** The same, without asking Pulumi a second time: who made a network does not change within an update. */
function lastExported(program: string, stack: string, directory: string): Deployment | undefined {
  return last?.of === JSON.stringify([program, stack, directory])
    ? last.deployment
    : exported(program, stack, directory);
}
