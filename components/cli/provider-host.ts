import { engineAddress } from "../engine/address.ts";
import type { Target } from "./target.ts";
import { engineOf } from "./stack-engine.ts";
import { exportState, importState, readState, type State, type StateResource } from "./stack-state.ts";
import { isOnSwarm } from "./swarm.ts";

/**
 * Has the state of a stack in a swarm name the manager that this command works on. A refresh and a destroy work where the state
 * says: at the manager of the last `up`, which may be gone, or by another person's way to it.
 */
export async function moveToManager(target: Target): Promise<void> {
  // The key `engine` is in the state as stack config has it, by SSH too; other managers are there as this machine reaches them.
  const host = engineOf(target) === undefined ? (process.env.DOCKER_HOST ?? "") : engineAddress();
  if (!isOnSwarm(target) || host === "") return;
  if (withProvidersOn(await readState(target), host) === undefined) return;
  const moved = withProvidersOn(await exportState(target), host);
  if (moved !== undefined) await importState(target, moved);
}

/**
 * A state whose Docker providers work on another engine.
 *
 * @returns `undefined` where all of them do so already.
 */
export function withProvidersOn(state: State | undefined, host: string): State | undefined {
  const isElsewhere = ({ type, inputs }: StateResource) =>
    type === "pulumi:providers:docker" && typeof inputs?.host === "string" && inputs.host !== host;
  const resources = state?.deployment.resources ?? [];
  if (state === undefined || !resources.some(isElsewhere)) return undefined;
  const moved = resources.map((resource) =>
    isElsewhere(resource)
      ? { ...resource, inputs: { ...resource.inputs, host }, outputs: { ...resource.outputs, host } }
      : resource,
  );
  return { ...state, deployment: { ...state.deployment, resources: moved } };
}
