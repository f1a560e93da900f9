import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { engineAddress } from "../engine/address.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { engineOf, workOnEngineAt } from "./stack-engine.ts";
import { settingOf } from "./stack-setting.ts";

/** Milliseconds that an engine has to answer in. */
const patience = 5_000;

/** Whether a stack's file has a swarm for its target. */
export function isOnSwarm(target: Target): boolean {
  return settingOf(target, "target") === "swarm";
}

/**
 * Lets every command work on a manager of the stack's swarm: the first of those in the stack's file that answers. A stack on
 * one engine, or one whose file names no managers, stays where Docker's command line works; one with the key `engine`, there.
 *
 * @throws NeedsAttention where none answers.
 */
export async function workOnManager(target: Target): Promise<void> {
  if (!isOnSwarm(target) || engineOf(target) !== undefined) return;
  const managers = addressesIn(target, "managers");
  if (managers.length === 0) return;
  for (const manager of managers) {
    if ((await told(manager, "{{.Swarm.ControlAvailable}} {{.Swarm.Error}}")) !== "true") continue;
    workOnEngineAt(manager);
    return;
  }
  throw new NeedsAttention(
    `no manager of the swarm answers within ${patience / 1000} s: ${managers.join(", ")}`,
    `See whether the machines run, and correct swarm.managers in Pulumi.${target.stack}.yaml.`,
  );
}

/**
 * Of an engine that does not answer, somebody else tells.
 *
 * @throws NeedsAttention where the stack is in a swarm, and the engine that this command works on is no manager: as on the
 * runner of a pull request, whose own engine has nothing of the stack.
 */
export async function needManager(target: Target): Promise<void> {
  // As it is reached from here: by SSH that is a socket.
  if (!isOnSwarm(target) || (await told("", "{{.Swarm.ControlAvailable}}")) !== "false") return;
  const which = engineOf(target) === undefined ? "of this machine" : "that the stack's file names";
  throw new NeedsAttention(
    `the engine ${which} is no manager of a swarm`,
    `Name the managers in Pulumi.${target.stack}.yaml (swarm: { managers: [ssh://ada@manager-1] }), where they can be reached from here.`,
  );
}

/**
 * Lets this command work on the engine of a node: the engine that it works on, or one that the stack's file names.
 *
 * @param id Of the node in its swarm.
 * @param reason Why the command has to work there, for the message.
 * @throws NeedsAttention where no such engine is the node's, or none that is answers.
 */
export async function workOnNode(target: Target, id: string, reason: string): Promise<void> {
  const here = engineAddress();
  const named = [...addressesIn(target, "managers"), ...addressesIn(target, "nodes")];
  const addresses = [...new Set([here, ...named])];
  const ids = await Promise.all(addresses.map((address) => told(address, "{{.Swarm.NodeID}}")));
  const address = addresses[ids.indexOf(id)];
  if (address === here) return;
  if (address !== undefined) {
    workOnEngineAt(address);
    return;
  }
  const silent = addresses.filter((_, index) => ids[index] === undefined);
  throw new NeedsAttention(
    `${reason}, and no address in Pulumi.${target.stack}.yaml leads to the engine of that node`,
    `Add it to swarm.nodes there, such as ssh://<user>@<node>${
      silent.length === 0
        ? "."
        : `, or see why these do not answer within ${patience / 1000} s: ${silent.join(", ")}`
    }`,
  );
}

/** Addresses in the stack's file. What is wrong with the file, the program tells with everything else. */
function addressesIn(target: Target, key: "managers" | "nodes"): readonly string[] {
  const swarm = (settingOf(target, "swarm") ?? {}) as Readonly<Record<string, unknown>>;
  const addresses = swarm[key];
  return Array.isArray(addresses) ? addresses.map(String) : [];
}

/** What an engine tells of itself; `undefined` where it does not answer. */
async function told(address: string, format: string): Promise<string | undefined> {
  const host = address === "" ? [] : ["--host", address];
  try {
    const args = [...host, "info", "--format", format];
    const { stdout } = await promisify(execFile)("docker", args, { timeout: patience });
    return stdout.trim();
  } catch {
    return undefined;
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
