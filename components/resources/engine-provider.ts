import * as docker from "@pulumi/docker";
import { addressOf } from "../engine/address.ts";
import { sshDestination } from "../engine/setting.ts";
import { sharedConnection } from "../engine/ssh.ts";
import type { Logins } from "../provider/image.ts";

/** One for each engine, whatever the number of a program's projects. */
const providers = new Map<string | undefined, docker.Provider>();

/**
 * Pulumi's Docker provider on the engine that stack config names. The state says which engine that is, so that
 * `pulumi refresh` and `pulumi destroy`, which run no program, work there too.
 *
 * @param engine The key `engine` of stack config.
 * @param logins By which images are pulled, in a swarm on every node. On the provider, since another login on a service of
 * a swarm would make the service anew.
 * @returns None where stack config says neither: Pulumi's own then works as the terminal does.
 */
export function providerOf(engine: string | undefined, logins: Logins): docker.Provider | undefined {
  const registryAuth = Object.entries(logins).map(([address, login]) => ({ address, ...login }));
  if (engine === undefined && registryAuth.length === 0) return undefined;
  const host = engine === undefined ? undefined : addressOf(engine).host;
  const present = providers.get(host);
  if (present !== undefined) return present;
  const to = host === undefined ? undefined : sshDestination(host);
  // The provider would hold a connection that it opens itself to its own end; it takes the one that is there.
  const sshOpts = to === undefined ? undefined : ["-o", "ControlMaster=no", ...sharedConnection(to)];
  const made = new docker.Provider(host === undefined ? "registries" : "engine", {
    ...(host === undefined ? {} : { host }),
    ...(sshOpts === undefined ? {} : { sshOpts }),
    ...(registryAuth.length === 0 ? {} : { registryAuth }),
  });
  providers.set(host, made);
  return made;
}
