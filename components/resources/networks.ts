import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Network } from "../compose-spec/definitions.ts";
import { networkMakers, type NetworkMakers } from "../local/stack-state.ts";
import { pluginName } from "../plan/package-names.ts";
import type { NetworkPlan, Plan } from "../plan/plan.ts";
import type { MadeNetwork, Networks } from "../provider/container.ts";
import { composeLabels } from "./labels.ts";
import { PluginNetwork, networkProviderOf } from "./network.ts";
import { childOf, type Tiers } from "./tier.ts";

/**
 * The networks of a project, by their key, each below its tier.
 *
 * @param engine The key `engine` of stack config.
 * @param isSwarm Whether a network that is made otherwise gets another name. On one engine it is made anew under its name.
 */
export function makeNetworks(
  plan: Plan,
  below: { readonly project: pulumi.Resource; readonly tiers: Tiers },
  { engine, isSwarm }: { readonly engine: string | undefined; readonly isSwarm: boolean },
): Networks {
  const { isOfPlugin } = isSwarm ? { isOfPlugin: () => false } : makersOf(plan.project);
  return Object.fromEntries(
    Object.entries(plan.networks).map(([key, network]): [string, MadeNetwork | string] => {
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
      const ignoreChanges = ["labels", ...(isSwarm ? addedTo(network) : [])];
      const [known, ...earlier] = namesOf(key, network, isSwarm);
      const child = childOf(tier, below, [known, ...earlier]);
      const options = { ...child, deleteBeforeReplace: !isSwarm, ignoreChanges };
      // The services of a swarm wait for 2 s themselves, so that nothing is won there.
      if (!isOfPlugin(key)) return [key, new docker.Network(known, args, options)];
      const provider = engine === undefined ? {} : { provider: networkProviderOf(engine) };
      return [key, new PluginNetwork(known, args, { ...options, ...provider })];
    }),
  );
}

/** @throws RunError where nobody can tell who has made the networks, or where the plugin that has is not to be found. */
function makersOf(project: string): NetworkMakers {
  const [program, stack] = [pulumi.getProject(), pulumi.getStack()];
  const makers = networkMakers({ program, stack, project }, process.cwd());
  if (makers === undefined)
    throw new pulumi.RunError(
      `The state of the stack ${stack} cannot be read, which says who has made the networks.\n` +
        `  Try: pulumi stack export --stack ${stack}`,
    );
  if (makers.lacksPlugin)
    throw new pulumi.RunError(
      "Pulumi.yaml no longer says where the plugin is that has made the stack's networks.\n" +
        `  Put plugins.providers back, with the name ${pluginName} and the path node_modules/pulumi-compose/bin.`,
    );
  return makers;
}

/**
 * What a network is called, and was called before, in Pulumi's state. In a swarm a network that is made otherwise is another
 * resource: its definitions can be put back while both are there, after an `up` that failed, and what Pulumi ignores of a
 * resource, as the options, would be carried into the resource's replacement. So a network with options or addresses is none
 * that an earlier version called by its key.
 */
function namesOf(key: string, network: NetworkPlan, isSwarm: boolean): readonly [string, ...string[]] {
  if (!isSwarm) return [key];
  const { name } = network;
  return addedTo(network).length === 0 ? [name, key] : [name];
}

/**
 * The arguments of a network to which a swarm adds something of its own, which a refresh would take for a change: an option of
 * overlay networks, and gateways.
 */
function addedTo({ driver_opts, ipam }: NetworkPlan): string[] {
  return [
    ...(driver_opts === undefined ? [] : ["options"]),
    ...(ipam === undefined ? [] : ["ipamConfigs", "ipamOptions"]),
  ];
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
