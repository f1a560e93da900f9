import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { load } from "js-yaml";
import type { KnownToState } from "../model/facts.ts";
import type { ExternalParts } from "../model/swarm.ts";
import { networkType, networkTypes } from "../plan/package-names.ts";
import { stateFile, stateFolder } from "./backend.ts";

/** What Pulumi has noted of a stack, as far as its containers, networks and volumes can be known by it. */
interface Deployment {
  readonly resources?: readonly Noted[];
  readonly pending_operations?: readonly { readonly resource: Noted }[];
}

interface Noted {
  readonly type: string;
  readonly id?: string;
  readonly inputs?: {
    readonly name?: unknown;
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
  return deployment && knownTo(deployment);
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
  const { resources = [] } = deploymentOf(program, stack, directory) ?? {};
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

/**
 * Who makes the networks of a program's stack: the provider that has made a network keeps the network, whatever Pulumi.yaml
 * says by now, since another provider's network is another resource. A new network is the plugin's, where Pulumi.yaml says
 * where the plugin is.
 *
 * @returns By a network's name, whether the plugin makes the network.
 */
export function networksOfPlugin(
  program: string,
  stack: string,
  directory: string,
): (name: string) => boolean {
  const { resources = [] } = deploymentOf(program, stack, directory) ?? {};
  const made = new Map(
    resources.flatMap(({ type, inputs }) =>
      networkTypes.includes(type) && typeof inputs?.name === "string" ? [[inputs.name, type] as const] : [],
    ),
  );
  const { plugins } = pulumiYaml(directory);
  const [plugin] = networkType.split(":");
  const isNamed = plugins?.providers?.some(({ name }) => name === plugin) === true;
  return (name) => (made.get(name) ?? (isNamed ? networkType : undefined)) === networkType;
}

/** What is read here of a `Pulumi.yaml`. */
interface PulumiYaml {
  readonly backend?: { readonly url?: string };
  readonly plugins?: { readonly providers?: readonly { readonly name?: string }[] };
}

/** @returns Nothing of a file that cannot be read: Pulumi itself reads it before, and says so. */
function pulumiYaml(directory: string): PulumiYaml {
  try {
    return load(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) ?? {};
  } catch {
    return {};
  }
}

function deploymentOf(program: string, stack: string, directory: string): Deployment | undefined {
  try {
    const { backend } = pulumiYaml(directory);
    const place = { name: program, directory, backend: backend?.url };
    if (stateFolder(place) === undefined) return exported(stack, directory);
    const file = stateFile(place, stack);
    return file === undefined ? undefined : deploymentIn(file);
  } catch {
    return undefined;
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

/** States that Pulumi was asked for, by stack and folder: within a program, a state is asked for once. */
const asked = new Map<string, Deployment>();

/** The state as Pulumi exports it, for which no passphrase is needed. */
function exported(stack: string, directory: string): Deployment {
  const key = JSON.stringify([stack, directory]);
  const present = asked.get(key);
  if (present !== undefined) return present;
  const { stdout } = spawnSync("pulumi", ["stack", "export", "--stack", stack, "--non-interactive"], {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: Infinity,
  });
  const { deployment } = JSON.parse(stdout) as { readonly deployment: Deployment | null };
  asked.set(key, deployment ?? {});
  return deployment ?? {};
}
