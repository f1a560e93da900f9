import { setTimeout as pause } from "node:timers/promises";
import { InvalidArgumentError, type Command } from "commander";
import { engineClock } from "../engine/clock.ts";
import { projectReadiness, type ContainerReadiness } from "../engine/project-readiness.ts";
import { overdue } from "../engine/readiness.ts";
import { commandFor } from "../local/command-for.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { engine, need } from "./requirements.ts";
import { stackCommand, targetOf } from "./stack-command.ts";
import { needOneEngine } from "./swarm.ts";

interface WaitOptions {
  /** Seconds. */
  readonly timeout: number;
}

/** Milliseconds between two looks at the engine. */
const interval = 250;

/** Waits until services are ready, for a script that has not brought them up itself. Starts and changes nothing. */
export function waitCommand(): Command {
  return stackCommand("wait", "wait until services are ready: healthy, running, or a job completed")
    .argument("[services...]", "the services to wait for (default: all of the stack)")
    .option("--timeout <seconds>", "give up after this time", seconds, 120)
    .action(async (services: readonly string[], { timeout }: WaitOptions, command: Command) => {
      const target = await targetOf(command);
      needOneEngine(target, "`up` itself waits until every service is ready.");
      await need(engine);
      process.exitCode = await wait(target, services, timeout);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("It is a number of seconds.");
  }
  return value;
}

/** @returns 1 where a service failed, or was not ready in time. */
async function wait(target: Target, services: readonly string[], timeout: number): Promise<number> {
  const project = projectName(target.program.name, target.stack);
  const clock = await engineClock();
  const deadline = Date.now() + timeout * 1000;
  const said = new Map<string, string>();
  for (;;) {
    const found = await projectReadiness(project, { since: clock.start, now: clock.now() });
    const open = waitedFor(found, services);
    for (const [name, detail] of open.waiting) {
      if (said.get(name) !== detail) console.log(`waits for ${name} ${detail}`);
      said.set(name, detail);
    }
    const isOver = Date.now() >= deadline;
    const late = isOver
      ? [...open.waiting].map(([name, detail]) => `${name} ${overdue(detail, timeout)}`)
      : [];
    const failures = [...open.failed, ...late];
    if (failures.length > 0) {
      for (const failure of failures) console.error(failure);
      console.error(`→ ${commandFor(target.program.directory, target.stack, "status")}`);
      return 1;
    }
    if (open.waiting.size === 0) return 0;
    await pause(interval);
  }
}

/** What is not ready: the services that may become so, with what they wait for, and sentences about the others. */
function waitedFor(found: readonly ContainerReadiness[], services: readonly string[]) {
  const chosen = found.filter(({ service }) => services.length === 0 || services.includes(service));
  const missing = services.filter((name) => !found.some(({ service }) => service === name));
  if (found.length === 0 && services.length === 0) missing.push("the stack");
  return {
    waiting: new Map<string, string>([
      ...missing.map((name) => [name, "to appear"] as const),
      ...chosen.flatMap(({ container, verdict }) =>
        verdict.state === "waiting" ? [[container, verdict.detail] as const] : [],
      ),
    ]),
    failed: chosen.flatMap(({ container, verdict }) =>
      verdict.state === "failed"
        ? [
            [
              `${container} ${verdict.reason}`,
              ...(verdict.advice === undefined ? [] : [`→ ${verdict.advice}`]),
            ].join("\n"),
          ]
        : [],
    ),
  };
}
