import * as pulumi from "@pulumi/pulumi";
import type { Duplex } from "node:stream";
import {
  drained,
  readRouteFile,
  untilRouted,
  writeRouteFile,
  type RouteFolder,
} from "../engine/route-files.ts";
import { healthPath, routeName, type Route } from "../compose-spec/route.ts";
import {
  routeFile,
  serversOf,
  statePath,
  trialPath,
  withTrial,
  type DynamicConfiguration,
  type EntryPoint,
} from "../plan/route.ts";
import { wayHeader } from "../plan/package-names.ts";
import { failure } from "../provider/failure.ts";
import { progressOn } from "./progress.ts";
import type { Service } from "./service.ts";

/** A routed service, and what its route goes through. */
export interface Routed {
  readonly name: string;
  readonly service: Service;
  readonly route: Route;
  readonly entryPoint: EntryPoint;
  /** Where its file provider finds routes; absent when it finds routes by labels. */
  readonly folder?: RouteFolder | undefined;
  /** Opens a connection to the entry point where the gateway is on another machine. */
  readonly connect?: (() => Promise<Duplex>) | undefined;
}

/** The servers that a route is to lead to, and the route's file while the file still leads to other servers. */
interface Beginning {
  readonly servers: readonly string[];
  readonly before?: DynamicConfiguration;
}

/** Publishes the route of a service that is ready. A route that leads to other servers stays as it is for now. */
export async function beginRoute(routed: Routed, servers: readonly string[]): Promise<Beginning> {
  const { folder, route, entryPoint } = routed;
  if (folder === undefined) return { servers };
  const before = await readRouteFile(folder, routeName(route));
  if (before !== undefined && serversOf(before, routeName(route)).some((server) => !servers.includes(server)))
    return { servers, before };
  await writeRouteFile(folder, routeName(route), routeFile(route, servers, entryPoint));
  return { servers };
}

/**
 * Waits until the gateway leads to the service. A route that leads elsewhere is moved when the new servers have been
 * seen to answer through the gateway, by a way that nobody else takes.
 *
 * @param address Of the gateway's entry point; absent where it is not published.
 * @throws ResourceError when the service certainly does not serve there: the old containers then stay.
 */
export async function finishRoute(
  routed: Routed,
  { servers, before }: Beginning,
  address: string | undefined,
): Promise<void> {
  const { folder, route, entryPoint } = routed;
  const serves = (path: string) => untilServed(routed, address, path);
  if (folder === undefined) {
    await serves((route.prefix ?? "") + healthPath(route));
    return;
  }
  if (before === undefined) {
    await serves(statePath(route, servers));
    return;
  }
  const name = routeName(route);
  await writeRouteFile(folder, name, withTrial(before, route, servers, entryPoint));
  try {
    const tried = await serves(trialPath(route, servers));
    await writeRouteFile(folder, name, routeFile(route, servers, entryPoint));
    // A gateway that could not be asked before is not asked again.
    await drained(tried && (await serves(statePath(route, servers))));
  } catch (error) {
    await writeRouteFile(folder, name, before);
    throw error;
  }
}

/** Whether the service was seen to answer on a path of the gateway. This machine may have no way to the gateway. */
async function untilServed(
  { name, service, route, entryPoint: { tls }, folder, connect }: Routed,
  address: string | undefined,
  path: string,
): Promise<boolean> {
  if (address === undefined && connect === undefined) return false;
  const container = service.containers[0] ?? service;
  const header = folder === undefined ? undefined : wayHeader;
  const progress = progressOn(container);
  const unrouted = await untilRouted(
    { address: address ?? "localhost", connect, tls, host: route.host, path, header },
    (seen) => {
      progress.waits(`waits for ${name} to answer through the gateway: ${seen}`);
    },
  );
  if (unrouted === undefined) {
    progress.ends(`${name} answers through the gateway`);
    return true;
  }
  const health = healthPath(route);
  const said = `${name} does not answer ${health} through the gateway: ${unrouted.seen}`;
  // While the labels of the old and the new container differ, Traefik publishes neither.
  if (!unrouted.isCertain || folder === undefined) {
    await pulumi.log.warn(said, container);
    return false;
  }
  const advice =
    `→ let it listen on port ${route.port} at every address (0.0.0.0, not 127.0.0.1) and answer ${health} with a ` +
    "status below 400, or correct x-route's `port` and `health`";
  throw failure(`${said}\n${advice}`, container);
}
