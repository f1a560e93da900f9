import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { addressOf } from "../engine/address.ts";
import { networkType, pluginName } from "../plan/package-names.ts";

/**
 * A network of one engine, made by this package's plugin. The Docker provider, which takes the same arguments, waits for 2 s
 * whenever it makes, reads or removes a network.
 */
export class PluginNetwork extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: docker.NetworkArgs, options: pulumi.CustomResourceOptions) {
    super(networkType, name, args, options);
  }
}

class NetworkProvider extends pulumi.ProviderResource {
  constructor(engine: string) {
    super(pluginName, "networks", { engine });
  }
}

/** One for each engine, whatever the number of a program's projects. */
const providers = new Map<string, NetworkProvider>();

/**
 * The plugin on the engine that stack config names. The state says which engine that is, as the Docker provider's does.
 *
 * @param engine The key `engine` of stack config.
 */
export function networkProviderOf(engine: string): NetworkProvider {
  const { host } = addressOf(engine);
  const present = providers.get(host);
  if (present !== undefined) return present;
  const made = new NetworkProvider(host);
  providers.set(host, made);
  return made;
}
