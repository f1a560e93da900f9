import { dependenciesOf, sharedWith, volumesFrom } from "../stack/dependencies.ts";
import { startOrder } from "../stack/graph.ts";
import { suggestion } from "../compose-spec/nearest.ts";
import { own } from "../compose-spec/own.ts";
import { shareNetwork } from "../stack/networks.ts";
import { hasHealthcheck, type Condition, type Service } from "../compose-spec/service.ts";
import type { Stack } from "../stack/stack.ts";
import { writtenBy } from "../plan/update.ts";
import { commonNetwork, unreachedBy } from "../stack/unreached.ts";
import type { Found } from "./found.ts";

export function dependencies(name: string, service: Service, stack: Stack): Found {
  return Object.entries(dependenciesOf(service)).flatMap(([dependency, { condition, required }]) => {
    const path = placeOf(name, service, dependency);
    const other = own(stack.services, dependency);
    if (other === undefined) {
      if (required === false || stack.incomplete) return [];
      const others = Object.keys(stack.services).filter((candidate) => candidate !== name);
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
    if (isCutOff(service, dependency, condition, stack)) {
      const message = `needs \`${dependency}\` but shares no network with it`;
      found.push({ path, message, fix: commonNetwork(name, dependency, stack) });
    }
    return found;
  });
}

/** Whether a service waits for another one that it then cannot talk to; nobody talks to what has ended. */
function isCutOff(
  service: Service,
  dependency: string,
  condition: Condition | undefined,
  stack: Stack,
): boolean {
  const other = own(stack.services, dependency);
  if (other === undefined || condition === undefined || condition === "service_completed_successfully")
    return false;
  return !shareNetwork(service, other, stack) && !shareData(service, dependency, other);
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
export function neighbours(name: string, service: Service, stack: Stack): Found {
  return unreachedBy(name, service, stack)
    .filter(({ isCertain }) => isCertain)
    .filter(({ service: other }) => {
      // Told already, as a dependency.
      return !isCutOff(service, other, own(service.depends_on, other)?.condition, stack);
    })
    .map(({ path, message, fix }) => ({ path: `services.${name}.${path}`, message, fix }));
}

export function cycles(stack: Stack): Found {
  return startOrder(stack.services).cycles.map((cycle) => ({
    path: `services.${cycle[0] ?? ""}.depends_on.${cycle[1] ?? ""}`,
    message: `services wait for each other in a circle: ${cycle.join(" → ")}`,
    fix: "take one of these depends_on away",
  }));
}
