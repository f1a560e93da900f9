import * as docker from "@pulumi/docker";
import { addressOf } from "../engine/address.ts";
import { sshDestination } from "../engine/setting.ts";
import { sharedConnection } from "../engine/ssh.ts";
import type { Logins } from "../provider/image.ts";

/** One for each engine, whatever the number of a program's projects. */
const providers = new Map<string, docker.Provider>();

/**
 * Pulumi's Docker provider on the engine that stack config names. The state says which engine that is, so that
 * `pulumi refresh` and `pulumi destroy`, which run no program, work there too.
 *
 * @param engine The key `engine` of stack config.
 * @param logins For pulls, by the registry's address.
 */
export function providerOf(engine: string, logins: Logins = {}): docker.Provider {
  const { host } = addressOf(engine);
  const to = sshDestination(host);
  const present = providers.get(host);
  if (present !== undefined) return present;
  // The provider would hold a connection that it opens itself to its own end; it takes the one that is there.
  const sshOpts = to === undefined ? undefined : ["-o", "ControlMaster=no", ...sharedConnection(to)];
  const registryAuth = Object.entries(logins).map(([address, login]) => ({ address, ...login }));
  const made = new docker.Provider("engine", {
    host,
    ...(sshOpts === undefined ? {} : { sshOpts }),
    ...(registryAuth.length === 0 ? {} : { registryAuth }),
  });
  providers.set(host, made);
  return made;
}
