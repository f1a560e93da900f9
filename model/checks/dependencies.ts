import { dependenciesOf, sharedWith, volumesFrom } from "../dependencies.ts";
import { startOrder } from "../graph.ts";
import { suggestion } from "../nearest.ts";
import { hasHealthcheck, type Condition, type Service } from "../service.ts";
import type { Stack } from "../stack.ts";
import type { Found } from "./found.ts";
import { listed, shareNetwork } from "./networks.ts";
import { own } from "../own.ts";

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
    if (talksTo(condition) && !shareNetwork(service, other)) {
      const message = `needs \`${dependency}\` but shares no network with it`;
      found.push({ path, message, fix: commonNetwork(name, service, dependency, other) });
    }
    return found;
  });
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

/** What has ended is waited for and not talked to. */
function talksTo(condition: Condition | undefined): boolean {
  return condition !== undefined && condition !== "service_completed_successfully";
}

/** A host name in a URL of the environment that is another service's, which must then be reachable. */
export function neighbours(name: string, service: Service, stack: Stack): Found {
  return Object.entries(service.environment ?? {}).flatMap(([variable, value]) => {
    const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([\w.-]+)/i.exec(value ?? "")?.[1];
    const other = host === undefined ? undefined : own(stack.services, host);
    if (host === undefined || other === undefined || host === name || shareNetwork(service, other)) return [];
    // Told already, as a dependency.
    if (talksTo(own(service.depends_on, host)?.condition)) return [];
    const fix = commonNetwork(name, service, host, other);
    const path = `services.${name}.environment.${variable}`;
    return [{ path, message: `names \`${host}\`, with which it shares no network`, fix }];
  });
}

function commonNetwork(name: string, service: Service, otherName: string, other: Service): string {
  return `put both on one network: ${name} is on ${listed(service)}, ${otherName} on ${listed(other)}`;
}

export function cycles(stack: Stack): Found {
  return startOrder(stack.services).cycles.map((cycle) => ({
    path: `services.${cycle[0] ?? ""}.depends_on.${cycle[1] ?? ""}`,
    message: `services wait for each other in a circle: ${cycle.join(" → ")}`,
    fix: "take one of these depends_on away",
  }));
}
