import { once } from "node:events";
import { constants } from "node:os";
import type { Command } from "commander";
import { commandFor } from "../local/command-for.ts";
import { stacksIn } from "../local/stacks.ts";
import { chooseStack } from "./choose-stack.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
import { findProgram } from "./program.ts";
import { runUpdate } from "./pulumi-cli.ts";
import { compose, engine, need } from "./requirements.ts";
import { runInForeground, signals } from "./run.ts";
import { stackCommand } from "./stack-command.ts";
import { runningStack, stackVariables } from "./testing/addresses.ts";
import { startReaper } from "./testing/reaper.ts";
import { takeDown } from "./testing/take-down.ts";
import { isThrowAway, makeThrowAway, removalOf, throwAwayOf } from "./testing/throw-away.ts";

interface TestOptions {
  readonly stack?: string;
  readonly cwd?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly remove?: boolean;
}

/** Brings a throw-away stack up, runs a command against it, and takes the stack down for certain. */
export function testCommand(): Command {
  return stackCommand("test", "run a command against a throw-away stack: test -- npm run e2e")
    .argument("[command...]", "the command, behind --")
    .passThroughOptions()
    .option("--keep", "leave the stack up, and say how to remove it")
    .option("--json", "without a command: print where the services are, and wait for the end of the input")
    .option("--remove", "take down a stack that --keep has left: test --remove --stack t-1f3a9c02")
    .addHelpText(
      "after",
      `
The stack has the config of another one: of --stack, else of the stack test where there is one. Its name and its host
ports are its own, and its volumes go with it.

The command finds a service web by WEB_HOST, WEB_PORT and WEB_URL, a further port by WEB_PORT_8080, and all services as
JSON by PULUMI_COMPOSE_TEST. Its exit code is passed on.`,
    )
    .action(async (words: readonly string[], _options: object, command: Command) => {
      const { stack, cwd, keep = false, json = false, remove } = command.optsWithGlobals<TestOptions>();
      const program = findProgram(cwd);
      if (remove === true) {
        const target = keptStack(await chooseStack(program, stack));
        await need(engine, () => needPassphrase(target));
        await takeDown(target);
        return;
      }
      mustBeMeant(words, { keep, json });
      const hasTest = stacksIn(program.directory).includes("test");
      const base = await chooseStack(program, stack ?? (hasTest ? "test" : undefined));
      await need(engine, compose, () => needPassphrase(base));
      process.exitCode = await (json ? session(base) : runOnce(base, words, keep));
    });
}

function keptStack(target: Target): Target {
  if (isThrowAway(target.stack)) return target;
  throw new NeedsAttention(
    `${target.stack} is no throw-away stack, and test --remove would remove its volumes`,
    `To take it down and keep its data: ${commandFor(target.program.directory, target.stack, "destroy")}`,
  );
}

function mustBeMeant(words: readonly string[], { keep, json }: { keep: boolean; json: boolean }): void {
  const example = "For example: npx pulumi-compose test -- npm run e2e";
  if (json && (words.length > 0 || keep)) {
    throw new NeedsAttention(
      `test --json takes ${keep ? "no --keep" : "no command"}: the stack is up until the input ends`,
      `Leave --json out. The command finds the same JSON in PULUMI_COMPOSE_TEST. ${example}`,
    );
  }
  if (!json && words.length === 0)
    throw new NeedsAttention("test needs a command to run against the stack", example);
}

/** @returns The command's exit code. */
async function runOnce(base: Target, words: readonly string[], keep: boolean): Promise<number> {
  const target = throwAwayOf(base);
  return withStack(base, target, { keep, input: "inherit" }, () => runCommand(target, words));
}

async function runCommand(target: Target, [program = "", ...args]: readonly string[]): Promise<number> {
  const env = { ...process.env, ...stackVariables(await runningStack(target)) };
  try {
    return await runInForeground(program, args, { cwd: process.cwd(), env });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Exit codes as a shell has them.
    console.error(`${program} cannot be run: ${message}`);
    return code === "ENOENT" ? 127 : 126;
  }
}

/** Prints where the services are, a line of JSON, and keeps the stack up until the input ends. */
async function session(base: Target): Promise<number> {
  const target = throwAwayOf(base);
  process.stdin.resume();
  const inputEnds = once(process.stdin, "end").then(() => 0);
  // While the stack comes up, Pulumi is to be ended as by a signal.
  const endAtOnce = () => process.emit("SIGTERM", "SIGTERM");
  process.stdin.once("end", endAtOnce);
  try {
    return await withStack(base, target, { keep: false, input: "ignore" }, async (interrupted) => {
      process.stdin.off("end", endAtOnce);
      console.log(JSON.stringify(await runningStack(target)));
      return Promise.race([inputEnds, interrupted]);
    });
  } finally {
    // An input that is still open would hold this process.
    process.stdin.pause();
  }
}

interface StackOptions {
  /** Whether the stack stays, also after a failure. */
  readonly keep: boolean;
  /** What Pulumi reads. */
  readonly input: "inherit" | "ignore";
}

/**
 * Brings a throw-away stack up, and takes it down when it has been used, has failed to come up, or a signal has come.
 *
 * @param use Is told of a signal by 128 and the signal's number.
 * @returns What the use returns, or why it did not come to that: Pulumi's exit code, or 128 and the signal's number.
 */
async function withStack(
  base: Target,
  target: Target,
  { keep, input }: StackOptions,
  use: (interrupted: Promise<number>) => Promise<number>,
): Promise<number> {
  // A signal ends what is being done, and never this process: the stack has to go first.
  let byCode = 0;
  const { promise: interrupted, resolve: interrupt } = Promise.withResolvers<number>();
  const note = (signal: NodeJS.Signals) => {
    byCode ||= 128 + constants.signals[signal];
    interrupt(byCode);
  };
  for (const signal of signals) process.on(signal, note);
  const reaper = startReaper(target);
  let isKept = false;
  try {
    await makeThrowAway(base, target);
    isKept = keep;
    if (byCode > 0) return byCode;
    const code = await up(target, input);
    if (byCode > 0 || code !== 0) return byCode || code;
    return (await use(interrupted)) || byCode;
  } catch (error) {
    // At a terminal Ctrl-C has ended what was being asked, too.
    if (byCode > 0) return byCode;
    throw error;
  } finally {
    if (isKept) {
      reaper.leave();
      tellKept(target);
    } else await reaper.end();
    for (const signal of signals) process.off(signal, note);
  }
}

/** Pulumi tells what it does on the standard error: the standard output is the command's. */
function up({ program, stack }: Target, input: StackOptions["input"]): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  return runUpdate(args, program.directory, { to: process.stderr, input });
}

function tellKept(target: Target): void {
  const { program, stack } = target;
  console.error(
    [
      `The stack ${stack} is left up.`,
      `→ ${commandFor(program.directory, stack, "status")} says where its services are`,
      `→ ${removalOf(target)} removes it`,
    ].join("\n"),
  );
}
