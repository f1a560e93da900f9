import * as pulumi from "@pulumi/pulumi";
import type { Opener } from "../local/locked-text.ts";
import { isAsRecorded, isOfDefaultProvider } from "./compare.ts";
import { markedSecret, openedValue, withoutMarks, type Properties, type Recorded } from "./recorded.ts";

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

/** What is read of the answer to a registration. */
interface RegisterAnswer {
  readonly getUrn: () => string;
  readonly getId: () => string;
  readonly getObject: () => Struct;
  readonly getPropertydependenciesMap: () => undefined;
  /** 0 stands for success. */
  readonly getResult: () => 0;
  readonly getUnknown: () => false;
}

/** What is read of a request to call a function. */
interface Call {
  readonly getTok: () => string;
}

/** What is read of the answer to a call. */
interface CallAnswer {
  readonly getReturn: () => Struct;
  readonly getFailuresList: () => readonly never[];
}

/** Properties as Pulumi sends them. */
interface Struct {
  readonly toJavaScript: () => Properties;
}

type Method<Asked, Answer> = (request: Asked, callback: (error: unknown, answer?: Answer) => void) => unknown;

/** The part of Pulumi's engine that a program talks to. */
export interface Monitor {
  registerResource: Method<Request, RegisterAnswer>;
  readResource: Method<unknown, never>;
  registerResourceOutputs: Method<unknown, object>;
  invoke: Method<Call, CallAnswer>;
}

/** A stack's state in the place of Pulumi's engine: answers what an update without a change would answer. */
export class Play {
  readonly #resources: readonly Recorded[];
  readonly #opener: Opener | undefined;
  /** What the program has not registered yet, by type and name. */
  readonly #missing: Map<string, Recorded>;
  readonly #first = Promise.withResolvers<string>();
  #difference: string | undefined;
  readonly count: number;

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

  /** What differs first, as soon as something does. */
  get firstDifference(): Promise<string> {
    return this.#first.promise;
  }

  /** What differs first, of what was registered up to now. */
  get difference(): string | undefined {
    return this.#difference;
  }

  /** A resource that the program has not registered. */
  get missing(): string | undefined {
    return this.#missing.keys().next().value;
  }

  differ(what: string): void {
    this.#difference ??= what;
    this.#first.resolve(what);
  }

  /**
   * Has the state answer in the place of mocks. Mocks do not see the options of a resource, know no URN of a state, and put
   * every value into a message twice. For 200 services those messages took longer than all the rest.
   *
   * Dependencies are not compared: a preview registers fewer of them than an update, and a service's own are in a label.
   */
  takePart(monitor: Monitor): void {
    monitor.registerResource = (request, callback) => {
      this.#answer(callback, () => {
        const key = keyOf(request.getType(), request.getName());
        const recorded = this.#missing.get(key);
        if (recorded === undefined || !isRecorded(request, recorded, this.#opener)) throw new Error(key);
        this.#missing.delete(key);
        return this.#registered(recorded);
      });
    };
    monitor.readResource = () => {
      this.differ("a resource that is only read");
    };
    monitor.registerResourceOutputs = (_, callback) => {
      callback(null, {});
    };
    monitor.invoke = (request, callback) => {
      this.#answer(callback, () => {
        const token = request.getTok();
        if (token !== "pulumi:pulumi:readStackResourceOutputs") throw new Error(token);
        return this.#ofStack();
      });
    };
  }

  /** Answers the program. An answer that the state does not have is a difference, with which the rehearsal ends. */
  #answer<Answer>(callback: (error: null, answer: Answer) => void, answer: () => Answer): void {
    let found: Answer;
    try {
      found = answer();
    } catch (error) {
      this.differ(error instanceof Error ? error.message : String(error));
      return;
    }
    callback(null, found);
  }

  #registered(recorded: Recorded): RegisterAnswer {
    const { urn, id = "", custom = false } = recorded;
    const properties = custom ? this.#outputsOf(recorded) : {};
    return {
      getUrn: () => urn,
      getId: () => id,
      getObject: () => structOf(properties),
      getPropertydependenciesMap: () => undefined,
      getResult: () => 0,
      getUnknown: () => false,
    };
  }

  #ofStack(): CallAnswer {
    const known = this.#resources.map((resource) => [
      resource.urn,
      { type: resource.type, outputs: this.#outputsOf(resource) },
    ]);
    return {
      getReturn: () => structOf({ outputs: Object.fromEntries(known) as Properties }),
      getFailuresList: () => [],
    };
  }

  #outputsOf({ outputs = {} }: Recorded): Properties {
    return openedValue(outputs, this.#opener, markedSecret) as Properties;
  }
}

function structOf(properties: Properties): Struct {
  return { toJavaScript: () => properties };
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
