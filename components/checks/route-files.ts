import { resolve } from "node:path";
import { own } from "../compose-spec/own.ts";
import { isOutside } from "../compose-spec/paths.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";

/**
 * A mistake for a gateway that cannot see the files of its routes: none of its mounts has their folder.
 *
 * @param folder Absolute path of the folder of the route files; absent where Traefik reads labels.
 * @param directory Absolute path that the mounts' sources count from.
 */
export function routeFiles(model: Model, folder: string | undefined, directory: string): Finding[] {
  const { gateway } = model;
  const service = gateway === undefined ? undefined : own(model.services, gateway);
  if (folder === undefined || gateway === undefined || service === undefined) return [];
  const isRouted = Object.values(model.services).some((other) => other["x-route"] !== undefined);
  const isMounted = (service.volumes ?? []).some(
    ({ type, source }) =>
      type === "bind" && source !== undefined && !isOutside(folder, resolve(directory, source)),
  );
  if (isMounted || !isRouted) return [];
  return [
    mistake("routes-not-mounted", {
      service: gateway,
      path: `services.${gateway}.volumes`,
      message: "the gateway does not mount the folder in which it is to find its routes",
      fix: "mount it where Traefik's file provider watches, `${ROUTES_DIRECTORY}:/etc/traefik/routes:ro`, or set the gateway's routes to labels",
    }),
  ];
}
