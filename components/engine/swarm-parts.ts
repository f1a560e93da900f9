import { engine, isNotFound } from "./engine.ts";
import type { Named } from "./inventory.ts";

/** What a swarm has of a project beside its networks. */
export type SwarmPart = "service" | "config" | "secret";

interface Listed {
  readonly ID: string;
  readonly Spec: { readonly Name: string };
}

/** @param label The label, with its value, of all parts of the project. */
export async function partsInSwarm(kind: SwarmPart, label: string): Promise<Named[]> {
  const options = { filters: { label: [label] } };
  const lists: Record<SwarmPart, () => Promise<unknown>> = {
    service: () => engine.listServices(options),
    config: () => engine.listConfigs(options),
    secret: () => engine.listSecrets(options),
  };
  const listed = (await lists[kind]()) as readonly Listed[];
  return listed.map(({ ID: id, Spec: { Name: name } }) => ({ id, name }));
}

/** @returns Whether the part is gone: a config or a secret stays while a service has it. */
export async function removePartInSwarm(kind: SwarmPart, id: string): Promise<boolean> {
  const parts: Record<SwarmPart, { remove: () => Promise<unknown> }> = {
    service: engine.getService(id),
    config: engine.getConfig(id),
    secret: engine.getSecret(id),
  };
  return parts[kind].remove().then(() => true, isNotFound);
}
