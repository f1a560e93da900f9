import { leavesHealthcheckToImage } from "../compose-spec/healthcheck.ts";
import type { Dependency, Service } from "../compose-spec/service.ts";
import { own } from "../compose-spec/own.ts";
import type { Model } from "./model.ts";

/** What the service of `service:name` is called, in `network_mode`, `ipc` and `pid`. */
export function sharedWith(mode: string | undefined): string | undefined {
  return /^service:(.+)$/.exec(mode ?? "")?.[1];
}

/** `name[:ro]`, or `container:name[:ro]` for a container that no service of the stack has. */
export function volumesFrom(entry: string): {
  readonly service?: string;
  readonly container?: string;
  readonly mode?: string;
} {
  const parts = entry.split(":");
  const isContainer = parts[0] === "container";
  const [name = "", mode] = isContainer ? parts.slice(1) : parts;
  return {
    ...(isContainer ? { container: name } : { service: name }),
    ...(mode === undefined ? {} : { mode }),
  };
}

/** `service[:alias]` of `links`. */
export function linkOf(entry: string): { readonly service: string; readonly alias?: string } {
  const [service = "", alias] = entry.split(":");
  return { service, ...(alias === undefined ? {} : { alias }) };
}

/**
 * All that a service stands behind: its `depends_on`, and the services whose containers it is made with, which it is
 * made anew with as well.
 */
export function dependenciesOf(service: Service): Readonly<Record<string, Dependency>> {
  const implied = [
    ...[service.network_mode, service.ipc, service.pid].map(sharedWith),
    ...(service.volumes_from ?? []).map((entry) => volumesFrom(entry).service),
    ...(service.links ?? []).map((entry) => linkOf(entry).service),
  ].filter((name) => name !== undefined);
  return {
    ...Object.fromEntries(
      implied.map((name) => [name, { condition: "service_started", restart: true } as const]),
    ),
    ...service.depends_on,
  };
}

/** The services that others wait for to complete: they are meant to end, with exit code 0. */
export function jobsOf(model: Model): ReadonlySet<string> {
  return new Set(
    Object.values(model.services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on)
        .filter(([, { condition }]) => condition === "service_completed_successfully")
        .map(([dependency]) => dependency),
    ),
  );
}

/** Whether a service is one of those: it may be asked of every service, and collects nothing. */
export function endsAsJob(name: string, model: Model): boolean {
  return Object.values(model.services).some(
    ({ depends_on = {} }) => own(depends_on, name)?.condition === "service_completed_successfully",
  );
}

/**
 * The services whose image has to tell whether they have a health check, since others wait until they are healthy:
 * `required` where one of the others cannot do without.
 */
export function healthOfImages(model: Model): ReadonlyMap<string, "required" | "optional"> {
  const awaited = new Map<string, "required" | "optional">();
  for (const service of Object.values(model.services)) {
    for (const [name, { condition, required = true }] of Object.entries(dependenciesOf(service))) {
      const other = own(model.services, name);
      if (condition !== "service_healthy" || other === undefined || !leavesHealthcheckToImage(other))
        continue;
      awaited.set(name, required || awaited.get(name) === "required" ? "required" : "optional");
    }
  }
  return awaited;
}
