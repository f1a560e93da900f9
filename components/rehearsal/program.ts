// Runs a program as a preview does, with the stack's state in Pulumi's place: each resource that the program registers is
// compared with what the state has of the resource. Neither Pulumi nor a provider starts. `cli/unchanged.ts` starts this
// file in the program's folder, and gives it the stage.
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { openerBy, type Opener } from "../local/locked-text.ts";
import { deploymentIn } from "../local/stack-state.ts";
import { isSame } from "./compare.ts";
import { Play, type Monitor } from "./play.ts";
import { openedValue, type Properties, type Recorded } from "./recorded.ts";
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
  end({ differs: String(error) });
}

/** Tells the command what came of the rehearsal. */
function end(rehearsed: Rehearsed): void {
  process.send?.(rehearsed, () => process.exit(0));
}

/** Ends with the first difference: what else an update would change is Pulumi's to find. */
async function rehearse(stage: Stage): Promise<Rehearsed> {
  const state = deploymentIn(stage.stateFile) as State;
  const { resources = [] } = state;
  const opener = openerFor(state, stage);
  const play = new Play(resources, opener);
  await pulumi.runtime.setMocks(notAsked, stage.project, stage.stack, true, "organization");
  play.takePart(pulumi.runtime.getMonitor() as unknown as Monitor);
  pulumi.runtime.setAllConfig({ ...stage.config }, [...stage.secretKeys]);
  const said = listen((words) => {
    play.differ(words);
  });
  const whole = async (): Promise<Rehearsed> => {
    const outputs = await runProgram(stage.main);
    await pulumi.runtime.disconnect();
    const stack = resources.find(({ type }) => type === pulumi.runtime.rootPulumiStackTypeName);
    const recorded = openedValue(stack?.outputs ?? {}, opener, (plain) => plain);
    if (!isSame(outputs ?? {}, recorded)) play.differ("outputs");
    const differs = play.difference ?? play.missing;
    return differs === undefined ? { said, resources: play.count } : { differs };
  };
  if (play.difference !== undefined) return { differs: play.difference };
  return Promise.race([play.firstDifference.then((differs) => ({ differs })), whole()]);
}

/** `Play` answers before mocks are asked. */
const notAsked: pulumi.runtime.Mocks = {
  newResource: ({ name }) => {
    throw new Error(name);
  },
  call: ({ token }) => {
    throw new Error(token);
  },
};

/** Opens the secrets of a state; `undefined` where something else than the stack's passphrase has locked them. */
function openerFor({ secrets_providers: by }: State, { opener }: Stage): Opener | undefined {
  const isSame = by?.type === "passphrase" && opener !== undefined && by.state.salt === opener.salt;
  return isSame ? openerBy(Buffer.from(opener.key, "base64")) : undefined;
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
