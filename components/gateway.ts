import * as pulumi from "@pulumi/pulumi";
import {
  removeStaleRouteFiles,
  untilRouted,
  writeCertificatesFile,
  writeRouteFile,
} from "../engine/routes.ts";
import type { Plan, ServicePlan } from "../model/plan.ts";
import {
  describeRoute,
  dynamicConfiguration,
  healthPath,
  routeName,
  type Certificate,
  type EntryPoint,
  type Route,
} from "../model/route.ts";
import type { Service } from "./service.ts";

export interface GatewayArgs {
  /** The service that runs Traefik. */
  readonly gateway: Service;
  readonly entryPoint: EntryPoint;
  /** The stack; those of its services that have an `x-route` are published. */
  readonly plan: Plan;
  readonly services: Readonly<Record<string, Service>>;
  /**
   * Directory that Traefik's file provider watches; absent when Traefik finds the routes by the containers' labels.
   */
  readonly directory?: string | undefined;
  /** What it answers with by TLS, when it finds routes in the directory; Traefik's own certificate where none fits. */
  readonly certificates?: readonly Certificate[] | undefined;
}

/**
 * The stack's routes: each is published when its service is ready, and never before.
 */
export class Gateway extends pulumi.ComponentResource {
  /** Address of the gateway on the host; none while its entry point is not published. */
  readonly url: pulumi.Output<string | undefined>;
  /** Every route in a line: what it takes, and where it leads. */
  readonly routes: Readonly<Record<string, string>>;
  /** Addresses of the routed services through the gateway, once they answer there. */
  readonly urls: Readonly<Record<string, pulumi.Output<string | undefined>>>;

  constructor(name: string, args: GatewayArgs, options: pulumi.ComponentResourceOptions) {
    super("super-team:index:Gateway", name, {}, options);
    const { gateway, entryPoint, plan } = args;
    const routed = plan.services.flatMap((service) =>
      service.route === undefined ? [] : [{ service, route: service.route }],
    );
    const prepared = pulumi.runtime.isDryRun() ? Promise.resolve() : prepare(args);
    this.url = gateway.ports.apply((ports) => urlOf(entryPoint, ports[entryPoint.port]));
    this.routes = Object.fromEntries(
      routed.map(({ service, route }) => [routeName(route), describeRoute(route, service.containerName)]),
    );
    this.urls = Object.fromEntries(
      routed.map(({ service, route }) => [service.name, publish(service, route, args, prepared)]),
    );
    this.registerOutputs({ routes: this.routes });
  }
}

async function prepare({ directory, plan, certificates = [] }: GatewayArgs): Promise<void> {
  if (directory === undefined) return;
  await removeStaleRouteFiles(directory, plan);
  if (certificates.length > 0) await writeCertificatesFile(directory, certificates);
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
    const origin = urlOf(entryPoint, host === undefined ? at : at?.replace(/^[^:]*/, host));
    return origin === undefined ? undefined : origin + prefix;
  });
  const service = services[plan.name];
  if (pulumi.runtime.isDryRun() || service === undefined) return url;
  const written = service.ready.apply(async () => {
    if (directory === undefined) return;
    await prepared;
    await writeRouteFile(
      directory,
      routeName(route),
      dynamicConfiguration(route, plan.containerName, entryPoint),
    );
  });
  return pulumi.all([url, address, gateway.ready, written]).apply(async ([seenAs, at]) => {
    if (at === undefined) return seenAs;
    const path = prefix + healthPath(route);
    const seen = await untilRouted({ address: at, tls: entryPoint.tls, host, path });
    if (seen !== undefined) {
      await pulumi.log.warn(
        `${seenAs ?? ""}${healthPath(route)} does not answer through the gateway: ${seen}`,
        gateway,
      );
    }
    return seenAs;
  });
}

/** An address as a URL, without the port where that is the usual one. */
function urlOf({ tls }: EntryPoint, address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  return tls ? `https://${address.replace(/:443$/, "")}` : `http://${address.replace(/:80$/, "")}`;
}
