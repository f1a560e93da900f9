import * as pulumi from "@pulumi/pulumi";
import { untilRouted, writeRouteFile } from "../engine/routes.ts";
import type { ServicePlan } from "../model/plan.ts";
import { describeRoute, dynamicConfiguration, healthPath, routeName, type Route } from "../model/route.ts";
import type { Service } from "./service.ts";

export interface GatewayArgs {
  /** The service that runs Traefik. */
  readonly gateway: Service;
  /** Container port of the gateway's entry point, as in `ports`: `80/tcp`. */
  readonly entryPoint: string;
  /** The stack's services; those with an `x-route` are published. */
  readonly plans: readonly ServicePlan[];
  readonly services: Readonly<Record<string, Service>>;
  /**
   * Directory that Traefik's file provider watches; absent when Traefik finds the routes by the containers' labels.
   */
  readonly directory?: string;
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

  constructor(name: string, args: GatewayArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("super-team:index:Gateway", name, {}, options);
    const routed = args.plans.flatMap((plan) =>
      plan.route === undefined ? [] : [{ plan, route: plan.route }],
    );
    this.url = args.gateway.ports.apply((ports) => originOf(ports[args.entryPoint]));
    this.routes = Object.fromEntries(
      routed.map(({ plan, route }) => [routeName(route), describeRoute(route, plan.containerName)]),
    );
    this.urls = Object.fromEntries(
      routed.map(({ plan, route }) => [plan.name, this.publish(plan, route, args)]),
    );
    this.registerOutputs({ routes: this.routes });
  }

  private publish(plan: ServicePlan, route: Route, args: GatewayArgs): pulumi.Output<string | undefined> {
    const address = this.url.apply((url) => (url === undefined ? undefined : url + route.prefix));
    const service = args.services[plan.name];
    if (pulumi.runtime.isDryRun() || service === undefined) return address;
    const { directory, gateway } = args;
    const written = service.ready.apply(async () => {
      if (directory === undefined) return;
      await writeRouteFile(directory, routeName(route), dynamicConfiguration(route, plan.containerName));
    });
    return pulumi.all([address, gateway.ready, written]).apply(async ([url]) => {
      if (url === undefined) return url;
      const seen = await untilRouted(url + healthPath(route));
      if (seen !== undefined) {
        await pulumi.log.warn(
          `${url}${healthPath(route)} does not answer through the gateway: ${seen}`,
          gateway.container,
        );
      }
      return url;
    });
  }
}

/** An HTTP address without the port where that is the usual one. */
function originOf(address: string | undefined): string | undefined {
  return address === undefined ? undefined : `http://${address.replace(/:80$/, "")}`;
}
