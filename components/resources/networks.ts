import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../compose-spec/definitions.ts";
import type { Plan } from "../plan/plan.ts";
import type { Networks } from "../provider/container.ts";
import { composeLabels } from "./labels.ts";
import { childOf, type Tiers } from "./tier.ts";

/**
 * The networks of a project, by their key, each below its tier.
 *
 * @param deleteBeforeReplace Whether a network is made anew under its name. In a swarm it gets another name.
 */
export function makeNetworks(
  plan: Plan,
  below: { readonly project: pulumi.Resource; readonly tiers: Tiers },
  deleteBeforeReplace: boolean,
): Networks {
  return Object.fromEntries(
    Object.entries(plan.networks).map(([key, network]): [string, docker.Network | string] => {
      // Another project's network is not asked for here, so that a preview needs no engine.
      if (network.external) return [key, network.name];
      const { name, tier, driver, driver_opts, internal, attachable, enable_ipv6, ipam } = network;
      const labels = composeLabels(plan.project, "network", key, network.labels);
      const args = {
        ...{ name, driver: driver ?? "bridge", options: driver_opts, internal, attachable, labels },
        ...(enable_ipv6 === undefined ? {} : { ipv6: enable_ipv6 }),
        ...addressing(ipam),
      };
      // A changed label would replace the network, and with it everything that has joined the network. Labels are worth
      // no gap, least of all the mark that version 0.1 called otherwise.
      const ignoreChanges = ["labels"];
      const child = childOf(tier, below, [key]);
      return [key, new docker.Network(key, args, { ...child, deleteBeforeReplace, ignoreChanges })];
    }),
  );
}

/** Addresses of a network's own, in place of those the engine would choose. */
function addressing({ driver, config, options }: Network["ipam"] = {}): Partial<docker.NetworkArgs> {
  return {
    ...(driver === undefined ? {} : { ipamDriver: driver }),
    ...(options === undefined ? {} : { ipamOptions: options }),
    ...(config === undefined
      ? {}
      : {
          ipamConfigs: config.map(({ subnet, gateway, ip_range, aux_addresses }) => ({
            subnet,
            gateway,
            ipRange: ip_range,
            auxAddress: aux_addresses,
          })),
        }),
  };
}
