import { startsEmpty } from "../checks/made-volumes.ts";
import type { Plan, ServicePlan } from "./plan.ts";

/** What decides, beside the plan, who notices an update. */
export interface Circumstances {
  /** Networks that are replaced, by their key: every container on them is removed first. */
  readonly networks: readonly string[];
  /** Whether the gateway reads its routes from files, which are moved when the new servers serve. */
  readonly routesFromFiles: boolean;
  /** Names of the volumes that the engine has, as far as that is known. */
  readonly volumes?: readonly string[] | undefined;
}

/**
 * What an update does to services that run, in words: how each of the replaced ones is updated, and which data it
 * takes up again. One line a service.
 *
 * @param replaced Names of the services of which a container is made anew.
 */
export function describeReplacements(
  plan: Plan,
  replaced: readonly string[],
  circumstances: Circumstances,
): string {
  const services = plan.services.filter(({ name }) => replaced.includes(name));
  const empty = Object.values(plan.volumes).filter((volume) =>
    startsEmpty(volume, circumstances.volumes ?? [volume.name]),
  );
  const names = empty.map(({ name }) => name);
  return services.map((service) => `${service.name} ${describe(service, circumstances, names)}`).join("\n");
}

function describe(service: ServicePlan, circumstances: Circumstances, empty: readonly string[]): string {
  const { gate, update, containers } = service;
  if (gate.state === "completed") return "is a job and runs again";
  const inTurn =
    containers.length > update.parallelism ? `, ${update.parallelism} of ${containers.length} at a time` : "";
  const how = `is replaced ${howOf(service, circumstances, inTurn)}`;
  const volumes = (service.service.volumes ?? []).flatMap(({ type, source, read_only }) =>
    type === "volume" && source !== undefined && read_only !== true ? [source] : [],
  );
  const kept = volumes.filter((name) => !empty.includes(name));
  const fresh = volumes.filter((name) => empty.includes(name));
  const data = [
    ...(volumes.length === 0 ? ["no data volume is touched"] : []),
    ...(kept.length === 0 ? [] : [`takes up again the data in ${kept.join(", ")}`]),
    ...(fresh.length === 0 ? [] : [`begins with an empty volume ${fresh.join(", ")}`]),
  ];
  return `${how}; ${data.join("; ")}`;
}

function howOf(
  { service, update, route }: ServicePlan,
  { networks, routesFromFiles }: Circumstances,
  inTurn: string,
): string {
  const [network] = Object.keys(service.networks ?? {}).filter((key) => networks.includes(key));
  if (network !== undefined) return `with a gap (its network ${network} is made anew)`;
  const because = `${inTurn} (${update.because})`;
  if (update.order === "stop-first") return `stop-first, with a gap${because}`;
  if (route === undefined) return `start-first${because}`;
  return routesFromFiles
    ? `start-first, without a gap${because}`
    : `start-first, with a few failed requests while the gateway follows labels${because}`;
}
