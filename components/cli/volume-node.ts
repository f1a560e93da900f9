import { mountsInSwarm, nodeName, nodesInSwarm, nodesWithVolume, type VolumeMount } from "../engine/nodes.ts";
import { volumeExists, type VolumeDefinition } from "../engine/volumes.ts";
import { projectLabel } from "../plan/package-names.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { workOnNode } from "./swarm.ts";
import type { VolumeCommand } from "./volume-command.ts";
import { definedMounts, noSuchVolume } from "./volume-definition.ts";

/**
 * Has this command work on the node that has a volume of a stack in a swarm, as the swarm has its services now; as they are
 * defined, where the stack is down.
 *
 * @returns The volume's name there.
 * @throws NeedsAttention where no node has the volume, or it is not known which one.
 */
export async function volumeOnItsNode(command: VolumeCommand): Promise<string> {
  const { volume, project } = command;
  const present = await mountsInSwarm(`${projectLabel}=${project}`, "com.docker.compose.service");
  const isThere = present.some(({ key }) => key === volume);
  const { name } = await workWhereItIs(command, isThere ? present : await definedMounts(command));
  if (await volumeExists(name)) return name;
  throw new NeedsAttention(
    `the node that is to have the volume ${volume} has no volume ${name}`,
    "The stack was never up there, or somebody has removed the volume.",
  );
}

/** Has this command work on the node where the next `up` looks for a volume. @returns What `up` would make it with. */
export async function volumeForItsNode(command: VolumeCommand): Promise<VolumeDefinition> {
  return workWhereItIs(command, await definedMounts(command));
}

/** @param mounts Of all volumes of the stack. */
async function workWhereItIs(
  command: VolumeCommand,
  mounts: readonly VolumeMount[],
): Promise<VolumeDefinition> {
  const { target, volume } = command;
  const found = mounts.filter(({ key }) => key === volume);
  const [mount] = found;
  if (mount === undefined) {
    throw noSuchVolume(
      command,
      mounts.map(({ key }) => key),
    );
  }
  const all = await nodesInSwarm();
  const [node, ...others] = nodesWithVolume(found, all);
  const services = [...new Set(found.map(({ service }) => service))].join(", ");
  if (node === undefined) {
    throw new NeedsAttention(
      `no node of the swarm fits the constraints of ${services}, and the volume ${volume} is on none`,
      "See deploy.placement.constraints, and docker node ls on a manager.",
    );
  }
  if (others.length > 0) {
    const names = [node, ...others].map(({ ID }) => nodeName(ID, all)).join(", ");
    throw new NeedsAttention(
      `the volume ${volume} may be on any of several nodes: ${names}`,
      `Constrain ${services} to the node that has the data: deploy.placement.constraints.`,
    );
  }
  await workOnNode(target, node.ID, `the volume ${volume} is on the node ${nodeName(node.ID, all)}`);
  return mount.volume;
}
