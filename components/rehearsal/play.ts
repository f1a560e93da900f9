import * as pulumi from "@pulumi/pulumi";
import type { Opener } from "../local/locked-text.ts";
import { isAsRecorded, isOfDefaultProvider } from "./compare.ts";
import { openedValue, withoutMarks, type Properties, type Recorded } from "./recorded.ts";

/** What is read of a request to register a resource. */
interface Request {
  readonly getType: () => string;
  readonly getName: () => string;
  readonly getParent: () => string;
  readonly getProvider: () => string;
  readonly getVersion: () => string;
  readonly getProtect: () => boolean;
  readonly getRetainondelete: () => boolean;
  readonly getDeletedwith: () => string;
  readonly getRemote: () => boolean;
  readonly getImportid: () => string;
  readonly getIgnorechangesList: () => readonly string[];
  readonly getObject: () => Parameters<typeof pulumi.runtime.deserializeProperties>[0];
}

interface Response {
  readonly setUrn: (urn: string) => void;
}

type Method<Asked, Answer> = (
  request: Asked,
  callback: (error: unknown, answer: Answer | undefined) => void,
) => unknown;

/** The part of Pulumi's engine that a program talks to. */
export interface Monitor {
  registerResource: Method<Request, Response>;
  readResource: Method<unknown, unknown>;
  registerResourceOutputs: Method<unknown, object>;
}

/** A stack's state in the place of Pulumi's engine: answers what an update without a change would answer. */
export class Play implements pulumi.runtime.Mocks {
  readonly #resources: readonly Recorded[];
  readonly #opener: Opener | undefined;
  /** What the program has not registered yet, by type and name. */
  readonly #missing: Map<string, Recorded>;
  readonly count: number;
  #difference: string | undefined;

  constructor(resources: readonly Recorded[], opener: Opener | undefined) {
    this.#resources = resources;
    this.#opener = opener;
    const own = resources.filter(({ urn }) => !isOfDefaultProvider(urn));
    this.#missing = new Map(own.map((resource) => [keyOf(resource.type, nameOf(resource.urn)), resource]));
    this.count = own.length;
    if (this.#missing.size < own.length) this.differ("two resources of one type and name");
    const unsettled = own.find(isUnsettled);
    if (unsettled !== undefined) this.differ(unsettled.urn);
  }

  /** What differs first. */
  difference(): string | undefined {
    return this.#difference ?? this.#missing.keys().next().value;
  }

  differ(what: string): void {
    this.#difference ??= what;
  }

  /**
   * Has the state answer for the mocks, which do not see the options of a resource, and know no URN of a state.
   * Dependencies are not compared: a preview registers fewer of them than an update, and a service's own are in a label.
   */
  takePart(monitor: Monitor): void {
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, callback) => {
      const key = keyOf(request.getType(), request.getName());
      const recorded = this.#missing.get(key);
      if (recorded === undefined || !isRecorded(request, recorded, this.#opener)) this.differ(key);
      return register(request, (error, response) => {
        if (recorded !== undefined) response?.setUrn(recorded.urn);
        callback(error, response);
      });
    };
    monitor.readResource = (_, callback) => {
      callback(new Error("a resource that is only read"), undefined);
    };
    monitor.registerResourceOutputs = (_, callback) => {
      callback(null, {});
    };
  }

  newResource({ type, name }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult {
    const key = keyOf(type, name);
    const recorded = this.#missing.get(key);
    this.#missing.delete(key);
    return { id: recorded?.id, state: recorded?.custom === true ? this.#outputsOf(recorded) : {} };
  }

  call({ token }: pulumi.runtime.MockCallArgs): pulumi.runtime.MockCallResult {
    if (token !== "pulumi:pulumi:readStackResourceOutputs") throw new Error(token);
    const known = this.#resources.map((resource) => [
      resource.urn,
      { type: resource.type, outputs: this.#outputsOf(resource) },
    ]);
    return { outputs: Object.fromEntries(known) as Properties };
  }

  #outputsOf({ outputs = {} }: Recorded): Properties {
    return openedValue(outputs, this.#opener, (plain) => pulumi.secret(plain)) as Properties;
  }
}

/** Whether the program registers a resource as the state has the resource. */
function isRecorded(request: Request, recorded: Recorded, opener: Opener | undefined): boolean {
  if (request.getRemote() || request.getImportid() !== "") return false;
  const version = request.getVersion();
  const sent = withoutMarks(pulumi.runtime.deserializeProperties(request.getObject())) as Properties;
  const registered = {
    parent: request.getParent(),
    provider: request.getProvider(),
    version,
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    deletedWith: request.getDeletedwith(),
    // Pulumi itself notes the version of a provider, where the provider has one.
    inputs: isProviderType(recorded.type) && version !== "" ? { ...sent, version } : sent,
    ignoreChanges: request.getIgnorechangesList(),
  };
  const inputs = openedValue(recorded.inputs ?? {}, opener, (plain) => plain) as Properties;
  return isAsRecorded(registered, { ...recorded, inputs });
}

/** Whether an update would do something with a resource in any case, or cannot be foreseen. */
function isUnsettled({
  delete: goes,
  external,
  taint,
  pendingReplacement,
  initErrors = [],
}: Recorded): boolean {
  return [goes, external, taint, pendingReplacement].includes(true) || initErrors.length > 0;
}

function isProviderType(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

function keyOf(type: string, name: string): string {
  return `${type} ${name}`;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
