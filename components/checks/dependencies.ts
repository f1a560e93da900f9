import { dependenciesOf, sharedWith, volumesFrom } from "../model/dependencies.ts";
import { startOrder } from "../model/graph.ts";
import { suggestion } from "../compose-spec/nearest.ts";
import { own } from "../compose-spec/own.ts";
import { shareNetwork } from "../model/networks.ts";
import { hasHealthcheck, type Condition, type Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { writtenBy } from "../plan/update.ts";
import { commonNetwork, unreachedBy } from "../model/unreached.ts";
import type { Found } from "./found.ts";

export function dependencies(name: string, service: Service, model: Model): Found {
  return Object.entries(dependenciesOf(service)).flatMap(([dependency, { condition, required }]) => {
    const path = placeOf(name, service, dependency);
    const other = own(model.services, dependency);
    if (other === undefined) {
      if (required === false || model.incomplete) return [];
      const others = Object.keys(model.services).filter((candidate) => candidate !== name);
      return [
        { path, message: `there is no service \`${dependency}\``, fix: suggestion(dependency, others) },
      ];
    }
    const found: Found[number][] = [];
    if (condition === "service_healthy" && !hasHealthcheck(other)) {
      const message = `waits for \`${dependency}\` to be healthy, which has no health check`;
      const fix = `give \`${dependency}\` a healthcheck, or wait with condition: service_started`;
      found.push({ path, message, fix });
    }
    if (isCutOff(service, dependency, condition, model)) {
      const message = `needs \`${dependency}\` but shares no network with it`;
      found.push({ path, message, fix: commonNetwork(name, dependency, model) });
    }
    return found;
  });
}

/** Whether a service waits for another one that it then cannot talk to; nobody talks to what has ended. */
function isCutOff(
  service: Service,
  dependency: string,
  condition: Condition | undefined,
  model: Model,
): boolean {
  const other = own(model.services, dependency);
  if (other === undefined || condition === undefined || condition === "service_completed_successfully")
    return false;
  return !shareNetwork(service, other, model) && !shareData(service, dependency, other);
}

/** Whether a service may need another for what that keeps, as one that ships its logs does. */
function shareData(service: Service, otherName: string, other: Service): boolean {
  const others = writtenBy(other);
  return (
    [service.network_mode, service.ipc, service.pid].some((mode) => sharedWith(mode) === otherName) ||
    (service.volumes_from ?? []).some((entry) => volumesFrom(entry).service === otherName) ||
    (service.volumes ?? []).some(({ source = "" }) => others.includes(source))
  );
}

/** The key that names another service. */
function placeOf(name: string, service: Service, dependency: string): string {
  const path = `services.${name}`;
  if (own(service.depends_on, dependency) !== undefined) return `${path}.depends_on.${dependency}`;
  const modes = (["network_mode", "ipc", "pid"] as const).filter(
    (key) => sharedWith(service[key]) === dependency,
  );
  const from = (service.volumes_from ?? []).some((entry) => volumesFrom(entry).service === dependency);
  return `${path}.${modes[0] ?? (from ? "volumes_from" : "links")}`;
}

/** URLs in the environment of what they cannot reach: nobody else could answer to the name. */
export function neighbours(name: string, service: Service, model: Model): Found {
  return unreachedBy(name, service, model)
    .filter(({ isCertain }) => isCertain)
    .filter(({ service: other }) => {
      // Told already, as a dependency.
      return !isCutOff(service, other, own(service.depends_on, other)?.condition, model);
    })
    .map(({ path, message, fix }) => ({ path: `services.${name}.${path}`, message, fix }));
}

export function cycles(model: Model): Found {
  return startOrder(model.services).cycles.map((cycle) => ({
    path: `services.${cycle[0] ?? ""}.depends_on.${cycle[1] ?? ""}`,
    message: `services wait for each other in a circle: ${cycle.join(" → ")}`,
    fix: "take one of these depends_on away",
  }));
}
