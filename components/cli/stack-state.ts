import { existsSync } from "node:fs";
import { componentType, earlierComponentType, revisionLabel, type Component } from "../plan/package-names.ts";
import { isBucket, stateFile, stateFolder } from "../local/backend.ts";
import type { Before } from "../local/asked.ts";
import { deploymentIn } from "../local/stack-state.ts";
import { bucketAnswers } from "./bucket-locks.ts";
import { nameIn } from "../changes/before.ts";
import type { History, Update } from "../changes/history.ts";
import { unpacked } from "../local/packed.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";
import { mustBeWholeState } from "./state-file.ts";

/** What Pulumi has noted of a stack, as far as it is used here. */
export interface State {
  readonly deployment: {
    /** Pulumi writes it each time that it writes the state. */
    readonly manifest?: { readonly time?: string };
    readonly resources?: readonly StateResource[];
    readonly pending_operations?: readonly PendingOperation[];
  };
}

export interface StateResource {
  readonly urn: string;
  /** URN of the parent. */
  readonly parent?: string;
  readonly type: string;
  /** Of a volume, its name on the engine. */
  readonly id?: string;
  readonly inputs?: {
    readonly name?: unknown;
    readonly build?: unknown;
    readonly labels?: unknown;
    /** Of a provider, the address of its engine. */
    readonly host?: unknown;
  };
  /** Whether another has taken its place, and only its removal is left. */
  readonly delete?: boolean;
  /** Of a component of this package, what it registers. */
  readonly outputs?: {
    /** Of a `Project`. */
    readonly tiers?: readonly string[];
    readonly volumes?: Readonly<Record<string, string>>;
    /** Of a `Project`, too: those that are no part of the stack's file. */
    readonly profiles?: readonly string[];
    /** Of a `Service`. */
    readonly container?: string;
    readonly replicas?: number;
    readonly revision?: string;
    /** Of a `Service`: what the next change is compared with, as JSON. */
    readonly record?: string;
    /** Of a `Service` in a swarm: how many containers it has. */
    readonly tasks?: number;
    /** Of a `Service`: addresses by the container's port. */
    readonly ports?: Readonly<Record<string, string>>;
    /** Of a `History`: the last updates, and their definitions, which only the passphrase opens. */
    readonly project?: string;
    readonly updates?: readonly Update[];
    readonly packed?: string | { readonly plaintext: string };
    /** Of a `Gateway`, in a swarm of a `Project`: addresses through the gateway by service. */
    readonly urls?: Readonly<Record<string, string | null>>;
    /** Of a `Gateway`, in a swarm of a `Project`: every route in a line. */
    readonly routes?: Readonly<Record<string, string>>;
  };
}

export interface PendingOperation {
  readonly type: string;
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
}

/**
 * The state of a stack. Of a file backend the file is read, since Pulumi's answer takes a third of a second.
 *
 * @returns `undefined` where there is no such stack.
 */
export async function readState({ program, stack }: Target): Promise<State | undefined> {
  if (stateFolder(program) === undefined) return exportState({ program, stack });
  const file = stateFile(program, stack);
  if (file === undefined) return undefined;
  // A backend without ?metadata=skip has this file too, and Pulumi alone knows whether the two are whole together.
  if (existsSync(`${file}.attrs`)) return exportState({ program, stack });
  mustBeWholeState({ program, stack });
  return { deployment: deploymentIn(file) as State["deployment"] };
}

/**
 * The state of a stack as Pulumi exports it, to be imported again; no passphrase is needed.
 *
 * @returns `undefined` where there is no such stack.
 */
export async function exportState({ program, stack }: Target): Promise<State | undefined> {
  const args = ["stack", "export", "--stack", stack];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code === 0) return JSON.parse(stdout) as State;
  if (stderr.includes(`no stack named '${stack}' found`)) return undefined;
  mustBeWholeState({ program, stack });
  throw new NeedsAttention(
    `the state of the stack ${stack} cannot be read:\n${stderr.trim()}`,
    isBucket(program)
      ? bucketAnswers
      : "Nothing was touched. Where PULUMI_BACKEND_URL names a folder without ?metadata=skip, a pulumi that was killed can " +
          "leave an empty file whose name ends with .attrs beside the state: remove it, and add ?metadata=skip.",
  );
}

/** Puts a state that was exported, and changed, in the place of the present one. No passphrase is needed. */
export async function importState({ program, stack }: Target, state: State): Promise<void> {
  const args = ["stack", "import", "--force", "--stack", stack];
  const input = JSON.stringify(state);
  const { code, stderr } = await capturePulumi(args, program.directory, { input });
  if (code === 0) return;
  throw new NeedsAttention(
    `the state of the stack ${stack} cannot be mended now:\n${stderr.trim()}`,
    "Run it again when no other pulumi is at work on the stack.",
  );
}

/** What the components of a stack have registered, for an update that leaves some of them alone. */
export function beforeIn(state: State | undefined): Before {
  const outputsOf = (component: Component) =>
    components(state, component).map(({ outputs }) => outputs ?? {});
  const [gateway = {}] = outputsOf("Gateway");
  const [project = {}] = outputsOf("Project");
  return {
    // What a program exports of a service; what else is registered is long.
    services: Object.fromEntries(
      components(state, "Service").map(({ urn, outputs: { container, replicas, revision, ports } = {} }) => [
        nameIn(urn),
        { container, replicas, revision, ports },
      ]),
    ),
    routes: gateway.routes ?? project.routes ?? {},
    urls: gateway.urls ?? project.urls ?? {},
    volumes: project.volumes ?? {},
  };
}

/** The last updates of a stack, the newest last. A program has one project as a rule, and the history is that one's. */
export function updatesNoted(state: State | undefined): readonly Update[] {
  return (
    components(state, "History").find(({ outputs }) => outputs?.updates !== undefined)?.outputs?.updates ?? []
  );
}

/** The definitions of a stack's last updates, and the project that has them; for these the passphrase is needed. */
export async function definitionsIn({
  program,
  stack,
}: Target): Promise<Pick<History, "definitions"> & { readonly project: string }> {
  const args = ["stack", "export", "--show-secrets", "--stack", stack];
  const { code, stdout, stderr } = await capturePulumi(args, program.directory);
  if (code !== 0) {
    throw new NeedsAttention(
      `the history of the stack ${stack} cannot be read:\n${stderr.trim()}`,
      "Nothing was touched. The definitions in the history are locked with the stack's passphrase, or by its key service.",
    );
  }
  const state = JSON.parse(stdout) as State;
  const { project = "", packed } =
    components(state, "History").find(({ outputs }) => outputs?.packed !== undefined)?.outputs ?? {};
  const definitions = packed === undefined ? {} : unpacked(plain(packed));
  return { project, definitions };
}

/** Pulumi writes a secret that is shown as an object, which has the text as JSON. */
function plain(value: string | { readonly plaintext: string }): string {
  return typeof value === "string" ? value : (JSON.parse(value.plaintext) as string);
}

/** The profiles that `up --profile` has added to what runs. */
export function profilesIn(state: State | undefined): readonly string[] {
  return components(state, "Project").flatMap(({ outputs }) => outputs?.profiles ?? []);
}

/**
 * The names on the engine of the volumes that a stack has, by their keys: those that its resources have, and those that
 * its definitions had at the last `up`.
 */
export function volumesIn(state: State | undefined): Record<string, string> {
  const made = present(state).flatMap(({ urn, type, id }): [string, string][] =>
    type === "docker:index/volume:Volume" && id !== undefined ? [[nameIn(urn), id]] : [],
  );
  const defined = components(state, "Project").flatMap(({ outputs }) =>
    Object.entries(outputs?.volumes ?? {}),
  );
  const isMade = ([, name]: readonly [string, string]) => made.some(([, other]) => other === name);
  return Object.fromEntries([...made, ...defined.filter(isMade)]);
}

/** A container that a stack has, as its state knows the container. */
export interface KnownContainer {
  /** Absent where an `up` ended before the container was made. */
  readonly id?: string;
  readonly name: string;
  readonly service: string;
  readonly tier: string;
}

/** The containers that a stack should have: those of its state, and one for a service that none was made for. */
export function containersIn(state: State | undefined): KnownContainer[] {
  return components(state, "Service").flatMap((service) => {
    const place = { service: nameIn(service.urn), tier: tierOf(service) };
    const made = present(state).filter(
      ({ type, parent }) => type === "docker:index/container:Container" && parent === service.urn,
    );
    if (made.length === 0 && service.outputs?.replicas !== 0) return [{ ...place, name: place.service }];
    return made.map(({ urn, id, inputs }) => ({
      ...place,
      name: typeof inputs?.name === "string" ? inputs.name : nameIn(urn),
      ...(id === undefined ? {} : { id }),
    }));
  });
}

function tierOf({ parent = "" }: StateResource): string {
  return parent.includes(`${componentType("Tier")}::`) ? nameIn(parent) : "";
}

/** A service that a stack in a swarm has, and how many containers it has. */
export interface KnownService {
  readonly service: string;
  readonly tier: string;
  readonly tasks: number;
  /** The swarm's; absent where an `up` ended before the service was made. */
  readonly id?: string;
  /** Changes with all that its containers are made from; absent where an `up` ended before the service was made. */
  readonly revision?: string;
}

/** The services that a stack in a swarm should have. */
export function servicesIn(state: State | undefined): KnownService[] {
  return components(state, "Service").map((component) => {
    const { urn, outputs: { tasks = 1 } = {} } = component;
    const made = present(state).find(
      ({ type, parent }) => type === "docker:index/service:Service" && parent === urn,
    );
    const revision = labelIn(made, revisionLabel);
    return {
      ...{ service: nameIn(urn), tier: tierOf(component), tasks },
      ...(made?.id === undefined ? {} : { id: made.id }),
      ...(revision === undefined ? {} : { revision }),
    };
  });
}

function labelIn(resource: StateResource | undefined, name: string): string | undefined {
  const labels = resource?.inputs?.labels;
  if (!Array.isArray(labels)) return undefined;
  const list = labels as readonly { readonly label?: unknown; readonly value?: unknown }[];
  const value = list.find(({ label }) => label === name)?.value;
  return typeof value === "string" ? value : undefined;
}

/** The names of the volumes that the nodes of a swarm make for a stack. */
export function volumesOnNodes(state: State | undefined): readonly string[] {
  return components(state, "Project").flatMap(({ outputs }) => Object.values(outputs?.volumes ?? {}));
}

/** The tiers of a stack, in the order of its definitions. */
export function tiersIn(state: State | undefined): readonly string[] {
  return components(state, "Project").flatMap(({ outputs }) => outputs?.tiers ?? []);
}

/** Where each service of a stack is reached: its address through the gateway, or its first published port. */
export function addressesIn(state: State | undefined): Readonly<Record<string, string>> {
  const ports = components(state, "Service").flatMap(({ urn, outputs }) =>
    Object.values(outputs?.ports ?? {})
      .slice(0, 1)
      .map((address) => [nameIn(urn), address]),
  );
  const urls = [...components(state, "Gateway"), ...components(state, "Project")].flatMap(({ outputs }) =>
    Object.entries(outputs?.urls ?? {}).filter(([, url]) => url !== null),
  );
  return Object.fromEntries([...ports, ...urls]) as Record<string, string>;
}

/** The components of a kind. A stack that version 0.1 brought up has the earlier type until its next `up`. */
function components(state: State | undefined, component: Component): readonly StateResource[] {
  const types = [componentType(component), earlierComponentType(component)];
  return present(state).filter(({ type }) => types.includes(type));
}

/** The resources of a stack, without those that are only still to be removed. */
export function present(state: State | undefined): readonly StateResource[] {
  return (state?.deployment.resources ?? []).filter((resource) => !resource.delete);
}
