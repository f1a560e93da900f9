import type { Readable } from "node:stream";
import { InvalidArgumentError, type Command } from "commander";
import { stackInSwarm } from "../engine/stack-in-swarm.ts";
import { asking, type Rollback } from "../local/asked.ts";
import { noteServiceLooks } from "../local/service-looks.ts";
import { projectLabel } from "../plan/package-names.ts";
import { projectName } from "../plan/project-name.ts";
import { makeState } from "./backend.ts";
import { buildForUp } from "./images.ts";
import type { Target } from "./target.ts";
import { driftedIn } from "./drifted.ts";
import { goingOn } from "./gone-services.ts";
import { tellLock } from "./locked.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { moveToManager } from "./provider-host.ts";
import { pulumiEnvironment, runPulumi, runUpdate } from "./pulumi-cli.ts";
import { recover } from "./recover.ts";
import { compose, engine, need } from "./requirements.ts";
import { profileOption, scopeOf } from "./scope.ts";
import { mustHaveRoom, putStateBack, tellFullDisk } from "./state-file.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { showStatusAfterUp } from "./status.ts";
import type { StackStatus } from "./status/compare.ts";
import { currentStatus, shownStatus, statusAfterUp } from "./status/current.ts";
import { settledStatus } from "./status/stack-status.ts";
import { swarmStatusOf } from "./status/swarm-status.ts";
import { isOnSwarm } from "./swarm.ts";
import { profilesIn, readState } from "./stack-state.ts";
import { takeOver } from "./take-over.ts";
import { madeLike } from "./testing/like.ts";
import { isAsLeft, unchanged } from "./unchanged.ts";
import { updateOptions, type UpdateOptions } from "./update-options.ts";
import { failureOf, followUpdate, type Failure, type UpdateReport } from "./update-report.ts";

interface UpOptions extends UpdateOptions {
  readonly recover?: boolean;
  readonly takeOver?: boolean;
  readonly breakLock?: boolean;
  readonly like?: string;
  readonly build?: boolean;
  readonly json?: boolean;
  readonly parallel?: number;
  readonly profile: readonly string[];
  /** Set by `rollback`. */
  readonly rollback?: Rollback;
}

/**
 * Clears up after an update that was killed, looks at the engine, and brings the stack up. On a terminal Pulumi shows what
 * it will do, and asks.
 */
export function upCommand(): Command {
  return stackCommand("up", "bring the stack up, or update it, and wait until every service is ready")
    .argument("[services...]", "only these services and what they depend on (default: all of the stack)")
    .addOption(profileOption())
    .option("-y, --yes", "do not show a preview and ask first")
    .option("--build", "first build the images of the services that have a build, from what is cached")
    .option("--diff", "show every change in full")
    .option(
      "--parallel <n>",
      "start as many containers at a time (default: COMPOSE_PARALLEL_LIMIT, else as many as the machine can)",
      count,
    )
    .option(
      "--recover",
      "where the file of the state is empty or broken, put back what it held before its last change",
    )
    .option(
      "--take-over",
      "first remove the stack's containers and networks that this state does not know; every volume is kept",
    )
    .option(
      "--break-lock",
      "go on although an update on another machine holds the lock: you know that it is dead",
    )
    .option(
      "--like <stack>",
      "first make the stack like another one: its config and secrets, with names, ports and volumes of its own",
    )
    .option("--json", "print what came of it as JSON, and everything else on standard error")
    .action(async (services: readonly string[], options: UpOptions, command: Command) => {
      const { like } = options;
      const choose = () => (like === undefined ? targetOf(command) : madeLike(command, like));
      if (options.json === true) {
        await updateForPrograms(choose, async (target, follow) => {
          const settled = await statusIfSettled(target, services, options);
          return settled === undefined ? bringUp(target, services, options, follow) : 0;
        });
        return;
      }
      const target = await choose();
      const settled = await statusIfSettled(target, services, options);
      if (settled !== undefined) {
        console.log(await shownStatus(settled, target));
        return;
      }
      process.exitCode = await bringUp(target, services, options);
      if (process.exitCode === 0) await showStatusAfterUp(target);
    });
}

/**
 * The status of a stack at which an `up` has nothing to do: all is ready, looks as the last `up` has left it, and is what
 * the program describes.
 *
 * @returns `undefined` where there may be something to do.
 */
async function statusIfSettled(
  target: Target,
  services: readonly string[],
  { recover, takeOver, build, profile }: UpOptions,
): Promise<StackStatus | undefined> {
  const isPlain = [recover, takeOver, build].every((option) => option === undefined);
  if (!isPlain || isOnSwarm(target) || services.length + profile.length > 0 || !isAsLeft(target))
    return undefined;
  const over = new AbortController();
  const state = await readState(target);
  // That no engine answers, the `up` tells.
  const status = settledStatus(target, state).catch(() => undefined);
  void status.then((found) => {
    if (found === undefined) over.abort();
  });
  const found = await unchanged(target, { profiles: profilesIn(state) }, over.signal);
  if (found === undefined || (await status) === undefined) return undefined;
  console.log(`${found.words}\n`);
  return status;
}

/** Takes Pulumi's events, which Pulumi prints for people otherwise. */
export type Follow = (events: Readable) => Promise<void>;

/**
 * Prints one JSON value at the end, also where it did not come to a stack.
 *
 * @param update Updates the stack. @returns Pulumi's exit code.
 */
export async function updateForPrograms(
  choose: () => Promise<Target>,
  update: (target: Target, follow: Follow) => Promise<number>,
): Promise<void> {
  // What is told on the way is for people.
  console.log = console.error;
  const failures: Failure[] = [];
  let target: Target | undefined;
  try {
    target = await choose();
    process.exitCode = await update(target, async (events) => {
      failures.push(...(await followUpdate(events)));
    });
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    const failure = failureOf(error);
    failures.push(failure);
    console.error(failure.message);
    process.exitCode = 1;
  }
  const succeeded = process.exitCode === 0;
  const report: UpdateReport = {
    stack: target?.stack ?? null,
    outcome: succeeded ? "succeeded" : "failed",
    services: target === undefined ? [] : await servicesOf(target, succeeded).catch(() => []),
    // Where an update went on after a failure, it was none.
    failures: succeeded ? [] : failures,
  };
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
}

async function servicesOf(target: Target, succeeded: boolean): Promise<UpdateReport["services"]> {
  const status = await (succeeded ? statusAfterUp : currentStatus)(target);
  return "tasks" in status ? status.tasks : status.containers;
}

/** What Compose's own variable says: a number, or nothing, as by `-1`. */
function limitOf(text = ""): number | undefined {
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : undefined;
}

function count(text: string): number {
  const number = limitOf(text);
  if (number === undefined) throw new InvalidArgumentError("It is a whole number from 1 on.");
  return number;
}

/** @returns Pulumi's exit code. */
export async function bringUp(
  target: Target,
  services: readonly string[],
  options: UpOptions,
  follow?: Follow,
): Promise<number> {
  const asked = updateOptions(options.rollback === undefined ? "up" : "rollback", options);
  await need(engine, compose, () => needPassphrase(target));
  if (options.recover === true) putStateBack(target);
  await makeState(target);
  await mustHaveRoom(target);
  await recover(target, options.breakLock);
  await moveToManager(target);
  if (options.takeOver === true) await takeOver(target, options.yes !== true);
  const { program, stack } = target;
  const { profile: profiles, rollback } = options;
  const scope = await scopeOf(target, { services, profiles, rollback });
  if (options.build === true) {
    const code = await buildForUp(
      target,
      services,
      follow === undefined ? "inherit" : ["inherit", 2, "inherit"],
    );
    if (code !== 0) return code;
  }
  // In a swarm, Pulumi asks the manager about everything.
  const onSwarm = isOnSwarm(target);
  if (onSwarm) await tellSwarmProblems(target);
  const { urns, losesData } = onSwarm ? { urns: [], losesData: true } : await driftedIn(target);
  // The program tells of a volume that is gone as long as the state has the volume: all is refreshed later then, by the `up`.
  const refresh = losesData ? ["--refresh"] : [];
  const { parallel = limitOf(process.env.COMPOSE_PARALLEL_LIMIT) } = options;
  const atATime = parallel === undefined ? [] : ["--parallel", String(parallel)];
  const args = [
    "up",
    "--stack",
    stack,
    "--suppress-outputs",
    ...refresh,
    ...atATime,
    ...asked,
    ...scope.args,
  ];
  const env = { ...pulumiEnvironment(), ...asking({ ...scope.wanted, parallel }) };
  let followed: Promise<void> | undefined;
  const run = async (words: readonly string[]) =>
    follow === undefined
      ? runUpdate(words, program.directory, { env })
      : runPulumi([...words, "--json"], program.directory, {
          env,
          stdio: ["inherit", "pipe", "inherit"],
          reads: (events) => {
            followed = follow(events);
          },
        });
  const update = (words: readonly string[]) => run([...args, ...words]);
  const code = onSwarm
    ? await goingOn(target, update)
    : (losesData ? 0 : await refreshed(stack, urns, run)) || (await update([]));
  await followed;
  if (code === 0) {
    if (onSwarm) await noteSwarm(target);
  } else {
    // Somebody may have begun to work on the stack in between.
    await tellLock(target);
    await tellFullDisk(target);
  }
  return code;
}

/** Notes how the services look, so that what somebody changes by hand is seen. */
async function noteSwarm({ program, stack }: Target): Promise<void> {
  const project = projectName(program.name, stack);
  const { services } = await stackInSwarm(`${projectLabel}=${project}`);
  noteServiceLooks(project, services, program.directory);
}

/** Tells what this `up` puts right: Pulumi's own words name properties of resources. */
async function tellSwarmProblems(target: Target): Promise<void> {
  const { problems } = await swarmStatusOf(target);
  if (problems.length === 0) return;
  console.log(
    ["The swarm is not as the last `up` left it:", ...problems.map((words) => `  ${words}`)].join("\n"),
  );
}

/** What the engine lost is made again, and what somebody changed is changed back, by an `up` whose state knows of it. */
async function refreshed(
  stack: string,
  urns: readonly string[],
  run: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  if (urns.length === 0) return 0;
  const args = ["refresh", "--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"];
  return run([...args, ...urns.flatMap((urn) => ["--target", urn])]);
}
