import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { workOnEngine } from "../engine/engine.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { settingOf } from "./stack-setting.ts";

/** Milliseconds that a manager has to answer in, before the next is asked. */
const patience = 5_000;

/** Whether a stack's file has a swarm for its target. */
export function isOnSwarm(target: Target): boolean {
  return settingOf(target, "target") === "swarm";
}

/**
 * Lets every command work on a manager of the stack's swarm: the first of those in the stack's file that answers. A stack on
 * one engine, or one whose file names no managers, stays where Docker's command line works.
 *
 * @throws NeedsAttention where none answers.
 */
export async function workOnManager(target: Target): Promise<void> {
  if (!isOnSwarm(target)) return;
  const { managers = [] } = (settingOf(target, "swarm") ?? {}) as { readonly managers?: readonly string[] };
  if (!Array.isArray(managers) || managers.length === 0) return;
  for (const manager of managers as readonly string[]) {
    if (!(await answers(manager))) continue;
    workOnEngine(manager);
    return;
  }
  throw new NeedsAttention(
    `no manager of the swarm answers within ${patience / 1000} s: ${managers.join(", ")}`,
    `See whether the machines run, and correct swarm.managers in Pulumi.${target.stack}.yaml.`,
  );
}

async function answers(manager: string): Promise<boolean> {
  const args = ["--host", manager, "info", "--format", "{{.Swarm.ControlAvailable}} {{.Swarm.Error}}"];
  try {
    const { stdout } = await promisify(execFile)("docker", args, { timeout: patience });
    return stdout.trim() === "true";
  } catch {
    return false;
  }
}

/** What tells of the services of a swarm. */
const onManager =
  "See `docker service ls`, and `docker service ps` and `docker service logs` of a service, on a manager.";

/**
 * Refuses a command that works on the containers and volumes of one engine, where the stack's are those of many nodes.
 *
 * @param instead What a person can do. Default: what Docker itself tells of services.
 */
export function needOneEngine(target: Target, instead = onManager): void {
  if (!isOnSwarm(target)) return;
  throw new NeedsAttention(
    `the stack ${target.stack} is in a swarm, and this command works on one engine`,
    instead,
  );
}
