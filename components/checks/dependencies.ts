import { dependenciesOf, healthOfImages, sharedWith, volumesFrom } from "../model/dependencies.ts";
import { startOrder } from "../model/graph.ts";
import { inService, mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import { own } from "../compose-spec/own.ts";
import { hasHealthcheck, leavesHealthcheckToImage } from "../compose-spec/healthcheck.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";

export function dependencies(name: string, service: Service, model: Model): Finding[] {
  return Object.entries(dependenciesOf(service)).flatMap(([dependency, { condition, required }]) => {
    const path = placeOf(service, dependency);
    const other = own(model.services, dependency);
    if (other === undefined) {
      if (required === false || model.incomplete) return [];
      const others = Object.keys(model.services).filter((candidate) => candidate !== name);
      const message = `there is no service \`${dependency}\``;
      return [mistake("unknown-service", { path, message, fix: suggestion(dependency, others) })];
    }
    if (condition !== "service_healthy" || required === false) return [];
    if (hasHealthcheck(other) || leavesHealthcheckToImage(other)) return [];
    return [noHealthcheck(name, dependency, path)];
  });
}

/**
 * Waits for the health of services that leave the health check to their image, where the image has none.
 *
 * @param healthchecks Whether an image has a health check; an image that is not there yet is decided on at `up`.
 */
export function imageHealthchecks(model: Model, healthchecks: Readonly<Record<string, boolean>>): Finding[] {
  const without = (name: string) => {
    const { image = "", build } = own(model.services, name) ?? {};
    return build === undefined && own(healthchecks, image) === false;
  };
  const names = [...healthOfImages(model).keys()].filter(without);
  return Object.entries(model.services).flatMap(([name, service]) =>
    Object.entries(dependenciesOf(service)).flatMap(([dependency, { condition, required = true }]) =>
      required && condition === "service_healthy" && names.includes(dependency)
        ? [inService(name, noHealthcheck(name, dependency, placeOf(service, dependency)))]
        : [],
    ),
  );
}

function noHealthcheck(name: string, dependency: string, path: string): Finding {
  return mistake("no-health-check", {
    path,
    message: `\`${name}\` waits until \`${dependency}\` is healthy, but \`${dependency}\` has no health check`,
    fix: `give \`${dependency}\` a healthcheck, or write condition: service_started`,
  });
}

/** The key that names another service. */
function placeOf(service: Service, dependency: string): string {
  if (own(service.depends_on, dependency) !== undefined) return `depends_on.${dependency}`;
  const modes = (["network_mode", "ipc", "pid"] as const).filter(
    (key) => sharedWith(service[key]) === dependency,
  );
  const from = (service.volumes_from ?? []).some((entry) => volumesFrom(entry).service === dependency);
  return modes[0] ?? (from ? "volumes_from" : "links");
}

export function cycles(model: Model): Finding[] {
  return startOrder(model.services).cycles.map((cycle) =>
    mistake("dependency-cycle", {
      path: `services.${cycle[0] ?? ""}.depends_on.${cycle[1] ?? ""}`,
      message: `services wait for each other in a circle: ${cycle.join(" → ")}`,
      fix: "remove one of these depends_on",
    }),
  );
}
