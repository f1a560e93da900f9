import * as pulumi from "@pulumi/pulumi";
import { removeDeadRouteFiles, removeOtherRouteFiles, writeCertificatesFile } from "../engine/route-files.ts";
import { before } from "../local/asked.ts";
import { componentType } from "../plan/package-names.ts";
import type { Plan, ServicePlan } from "../plan/plan.ts";
import { routeName, type Route } from "../compose-spec/route.ts";
import { describeRoute, serverName, type Certificate, type EntryPoint } from "../plan/route.ts";
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
    const prepared = pulumi.runtime.isDryRun() ? Promise.resolve() : prepare(args);
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
        routed.map(({ service, route }) => [service.name, publish(service, route, args, prepared)]),
      ),
      [args.service]: this.url,
    };
    // Pulumi waits for what is registered, and removes old containers only after that.
    this.registerOutputs({
      routes: this.routes,
      urls: this.urls,
      published: published(this, args),
    });
  }
}

async function prepare({ directory, plan, certificates = [] }: GatewayArgs): Promise<void> {
  if (directory === undefined) return;
  await removeDeadRouteFiles(directory, plan.project);
  if (certificates.length > 0) await writeCertificatesFile(directory, certificates);
}

/** What is left to do when every route is published. */
function published(
  { urls, routes }: Gateway,
  { directory }: GatewayArgs,
): pulumi.Output<readonly (string | undefined)[]> {
  const all = pulumi.all(Object.values(urls));
  if (pulumi.runtime.isDryRun() || directory === undefined) return all;
  return all.apply(async (addresses) => {
    await removeOtherRouteFiles(directory, Object.keys(routes));
    return addresses;
  });
}

function publish(
  plan: ServicePlan,
  route: Route,
  { gateway, entryPoint, services, directory }: GatewayArgs,
  prepared: Promise<void>,
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
  const routed = { name: plan.name, service, route, entryPoint, directory };
  const begun = pulumi.all([servers, service.ready]).apply(async ([names]) => {
    await prepared;
    return beginRoute(routed, names);
  });
  return pulumi.all([url, address, begun, gateway.ready]).apply(async ([seenAs, at, beginning]) => {
    await finishRoute(routed, beginning, at);
    return seenAs;
  });
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
