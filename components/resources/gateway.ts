import type { Duplex } from "node:stream";
import * as pulumi from "@pulumi/pulumi";
import { connectInside } from "../engine/inside.ts";
import {
  removeDeadRouteFiles,
  removeOtherRouteFiles,
  writeCertificatesFile,
  type RouteFolder,
} from "../engine/route-files.ts";
import { routesInFolder } from "../engine/route-folder.ts";
import { gatewayContainer, NoRename, routesInVolume } from "../engine/route-volume.ts";
import { before } from "../local/asked.ts";
import { componentType } from "../plan/package-names.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { routeName, type Route } from "../compose-spec/route.ts";
import { describeRoute, serverName, type Certificate, type EntryPoint } from "../plan/route.ts";
import { failure } from "../provider/failure.ts";
import type { Volumes } from "./volumes.ts";
import { beginRoute, finishRoute } from "./published-route.ts";
import type { Service } from "./service.ts";
import { takingOver } from "./taking-over.ts";

export interface GatewayArgs {
  /** Name of the service that runs Traefik. */
  readonly service: string;
  /** What is needed of that service. */
  readonly gateway: GatewayService;
  readonly entryPoint: EntryPoint;
  /** The plan; its services with an `x-route` are published. */
  readonly plan: Plan;
  readonly services: Readonly<Record<string, Service>>;
  /**
   * Directory that Traefik's file provider watches; absent when Traefik finds the routes by the containers' labels.
   */
  readonly directory?: string | undefined;
  /** The stack's volumes, by their name on the engine. In one of them a gateway on another machine finds its routes. */
  readonly volumes: Volumes;
  /** What Traefik answers with by TLS, when it finds routes in the directory; the first where none fits. */
  readonly certificates?: readonly Certificate[] | undefined;
}

/** The service that runs Traefik, as far as routes need it. */
export type GatewayService = Pick<Service, "ports" | "ready">;

/**
 * The stack's routes. A route is published when its service is ready, and never before. A route that moves is done when
 * the gateway leads to the new containers and the old containers have answered what they had: they are removed then.
 */
export class Gateway extends pulumi.ComponentResource {
  /** Address of the gateway on the host; none while its entry point is not published. */
  readonly url: pulumi.Output<string | undefined>;
  /** Every route in a line: what it takes, and where it leads. */
  readonly routes: Readonly<Record<string, string>>;
  /** Addresses of the routed services through the gateway, once they answer there, and of the gateway itself. */
  readonly urls: Readonly<Record<string, pulumi.Output<string | undefined>>>;

  constructor(name: string, args: GatewayArgs, options: pulumi.ComponentResourceOptions) {
    super(componentType("Gateway"), name, {}, takingOver("Gateway", options));
    const { gateway, entryPoint, plan } = args;
    const routed = plan.services.flatMap((service) =>
      // A service that is scaled to 0 has nothing to lead to.
      service.route === undefined || service.containers.length === 0
        ? []
        : [{ service, route: service.route }],
    );
    const folder = folderOf(args);
    const prepared = pulumi.runtime.isDryRun() ? pulumi.output(undefined) : prepare(args, folder);
    const way = { folder, prepared, connect: connectionTo(args) };
    this.url = gateway.ports.apply((ports) => gatewayAddress(entryPoint, ports[entryPoint.port]));
    const { routes, urls } = before();
    this.routes = {
      ...routes,
      ...Object.fromEntries(
        routed.map(({ service, route }) => [routeName(route), describeRoute(route, service.name)]),
      ),
    };
    this.urls = {
      ...mapOutputs(urls),
      ...Object.fromEntries(
        routed.map(({ service, route }) => [service.name, publish(service, route, args, way)]),
      ),
      [args.service]: this.url,
    };
    // Pulumi waits for what is registered, and removes old containers only after that.
    this.registerOutputs({
      routes: this.routes,
      urls: this.urls,
      published: published(this, folder),
    });
  }
}

/** How routes reach the gateway, and how they are tried there. */
interface Way {
  readonly folder: RouteFolder | undefined;
  /** Resolves when the folder can be written to. */
  readonly prepared: pulumi.Output<undefined>;
  readonly connect: (() => Promise<Duplex>) | undefined;
}

/** Where the gateway finds its routes; `undefined` where it reads labels. */
function folderOf({ directory, plan, service }: GatewayArgs): RouteFolder | undefined {
  if (directory === undefined) return undefined;
  const { project, routesIn } = plan;
  if (routesIn === undefined) return routesInFolder(directory);
  return routesInVolume({ ...routesIn, project, service });
}

function prepare(
  { plan, certificates = [], volumes }: GatewayArgs,
  folder: RouteFolder | undefined,
): pulumi.Output<undefined> {
  if (folder === undefined) return pulumi.output(undefined);
  const volume = volumes[plan.routesIn?.volume ?? ""];
  return pulumi.output(volume?.id).apply(async () => {
    await removeDeadRouteFiles(folder, plan.project);
    if (certificates.length > 0) await writeCertificatesFile(folder, certificates);
    return undefined;
  });
}

/** What is left to do when every route is published. */
function published(
  { urls, routes }: Gateway,
  folder: RouteFolder | undefined,
): pulumi.Output<readonly (string | undefined)[]> {
  const all = pulumi.all(Object.values(urls));
  if (pulumi.runtime.isDryRun() || folder === undefined) return all;
  return all.apply(async (addresses) => {
    await removeOtherRouteFiles(folder, Object.keys(routes));
    return addresses;
  });
}

function publish(
  plan: ServicePlan,
  route: Route,
  { gateway, entryPoint, services }: GatewayArgs,
  { folder, prepared, connect }: Way,
): pulumi.Output<string | undefined> {
  const { host, prefix = "" } = route;
  const address = gateway.ports.apply((ports) => ports[entryPoint.port]);
  const url = address.apply((at) => {
    const origin = gatewayAddress(entryPoint, host === undefined ? at : at?.replace(/^[^:]*/, host));
    return origin === undefined ? undefined : origin + prefix;
  });
  const service = services[plan.name];
  if (pulumi.runtime.isDryRun() || service === undefined) return url;
  const servers = pulumi.all(
    service.containers.map((container) =>
      pulumi.all([container.name, container.id]).apply(([name, id]) => serverName({ name, id })),
    ),
  );
  const routed = { name: plan.name, service, route, entryPoint, folder, connect };
  const begun = pulumi
    .all([servers, service.ready, prepared])
    .apply(([names]) => told(beginRoute(routed, names), service));
  return pulumi.all([url, address, begun, gateway.ready]).apply(async ([seenAs, at, beginning]) => {
    await told(finishRoute(routed, beginning, at), service);
    return seenAs;
  });
}

/** What cannot be published for a reason that a person can mend is told in words alone. */
async function told<T>(work: Promise<T>, service: pulumi.Resource): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof NoRename ? failure(error.message, service) : error;
  });
}

/** Connects to a gateway on another machine, to whose ports nobody may be let through from here. */
function connectionTo({ plan, service, entryPoint }: GatewayArgs): Way["connect"] {
  const { project, routesIn } = plan;
  if (routesIn === undefined) return undefined;
  // Looked for when the gateway is ready, and once for all routes.
  let found: ReturnType<typeof gatewayContainer> | undefined;
  return async () => {
    const container = await (found ??= gatewayContainer(project, service));
    if (container === undefined) throw new Error("the gateway has no container");
    return connectInside(container.Id, Number.parseInt(entryPoint.port));
  };
}

function mapOutputs(
  urls: Readonly<Record<string, string | null>>,
): Record<string, pulumi.Output<string | undefined>> {
  return Object.fromEntries(
    Object.entries(urls).map(([name, url]) => [name, pulumi.output(url ?? undefined)]),
  );
}

/** An address as a URL, without the port where that is the usual one. */
export function gatewayAddress({ tls }: EntryPoint, address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  return tls ? `https://${address.replace(/:443$/, "")}` : `http://${address.replace(/:80$/, "")}`;
}
