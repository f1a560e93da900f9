// Runs a program as a preview does, with the stack's state in Pulumi's place: each resource that the program registers is
// compared with what the state has of the resource. Neither Pulumi nor a provider starts. `cli/unchanged.ts` starts this
// file in the program's folder, and gives it the stage.
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { openerOf, type Opener } from "../local/locked-text.ts";
import { givenPassphrase } from "../local/passphrase.ts";
import { deploymentIn } from "../local/stack-state.ts";
import { isAsRecorded, isOfDefaultProvider, isSame } from "./compare.ts";
import { openedValue, withoutMarks, type Properties, type Recorded } from "./recorded.ts";
import type { Rehearsed, Said, Stage } from "./rehearsal.ts";

interface State {
  readonly resources?: readonly Recorded[];
  readonly secrets_providers?: { readonly type: string; readonly state: { readonly salt?: string } };
}

for (const event of ["uncaughtException", "unhandledRejection"]) process.on(event, fail);
process.once("message", (stage) => {
  rehearse(stage as Stage).then(end, fail);
});

/** Pulumi runs the program again, and tells of the error. */
function fail(error: unknown): void {
  end({ differs: String(error), said: [], resources: 0 });
}

/** Tells the command what came of the rehearsal. */
function end(rehearsed: Rehearsed): void {
  process.send?.(rehearsed, () => process.exit(0));
}

async function rehearse(stage: Stage): Promise<Rehearsed> {
  const state = deploymentIn(stage.stateFile) as State;
  const { resources = [] } = state;
  const opener = await openerFor(state);
  const play = new Play(resources, opener);
  await pulumi.runtime.setMocks(play, stage.project, stage.stack, true, "organization");
  play.takePart(pulumi.runtime.getMonitor() as unknown as Monitor);
  pulumi.runtime.setAllConfig({ ...stage.config }, [...stage.secretKeys]);
  const said = listen((words) => {
    play.differ(words);
  });
  const outputs = await runProgram(stage.main);
  await pulumi.runtime.disconnect();
  const stack = resources.find(({ type }) => type === pulumi.runtime.rootPulumiStackTypeName);
  if (
    !isSame(
      outputs ?? {},
      openedValue(stack?.outputs ?? {}, opener, (plain) => plain),
    )
  )
    play.differ("outputs");
  const differs = play.difference();
  return { ...(differs === undefined ? {} : { differs }), said, resources: play.count };
}

/** Opens the secrets of a state; `undefined` where a key service has locked them. */
async function openerFor({ secrets_providers: by }: State): Promise<Opener | undefined> {
  const { salt } = by?.type === "passphrase" ? by.state : {};
  return salt === undefined ? undefined : openerOf(givenPassphrase() ?? "", salt);
}

/** Runs the program as Pulumi's language host does. @returns What the program exports. */
async function runProgram(main: string): Promise<unknown> {
  const file = resolve(main);
  process.chdir(dirname(file));
  return pulumi.runtime.runInPulumiStack(async () => {
    const exported = (await import(pathToFileURL(file).href)) as Properties;
    const program = (exported.default ?? exported) as Properties | (() => unknown);
    return typeof program === "function" ? program() : program;
  });
}

/** Hears what the program says. An error is a difference: Pulumi tells of the error. */
function listen(onError: (words: string) => void): Said[] {
  const said: Said[] = [];
  const hear = (severity: Said["severity"]) => (words: string) => {
    said.push({ severity, words });
    return Promise.resolve();
  };
  const log = pulumi.log;
  log.info = hear("info");
  log.warn = hear("warning");
  log.error = (words) => {
    onError(words);
    return Promise.resolve();
  };
  return said;
}

/** What is read of a request to register a resource. */
interface Request {
  readonly getType: () => string;
  readonly getName: () => string;
  readonly getParent: () => string;
  readonly getProvider: () => string;
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
interface Monitor {
  registerResource: Method<Request, Response>;
  readResource: Method<unknown, unknown>;
  registerResourceOutputs: Method<unknown, object>;
}

/** The state in the place of Pulumi's engine. */
class Play implements pulumi.runtime.Mocks {
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
    if (this.#missing.size < own.length || own.some((resource) => resource.delete ?? resource.external))
      this.differ("two resources of one name, one that is only read, or one that is still to go");
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
      const recorded = this.#missing.get(keyOf(request.getType(), request.getName()));
      this.#compare(request, recorded);
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

  #compare(request: Request, recorded: Recorded | undefined): void {
    const key = keyOf(request.getType(), request.getName());
    if (recorded === undefined || request.getRemote() || request.getImportid() !== "") {
      this.differ(key);
      return;
    }
    const registered = {
      parent: request.getParent(),
      provider: request.getProvider(),
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deletedWith: request.getDeletedwith(),
      inputs: withoutMarks(pulumi.runtime.deserializeProperties(request.getObject())) as Properties,
      ignoreChanges: request.getIgnorechangesList(),
    };
    const inputs = openedValue(recorded.inputs ?? {}, this.#opener, (plain) => plain) as Properties;
    if (!isAsRecorded(registered, { ...recorded, inputs })) this.differ(key);
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

function keyOf(type: string, name: string): string {
  return `${type} ${name}`;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
