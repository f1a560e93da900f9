import type { AuthConfigObject } from "dockerode";
import { loginFor, type RegistryLogins } from "../model/registry-login.ts";

/** The login of an image's registry, as the engine's API takes it; `undefined` where nobody has one. */
export function authconfigFor(reference: string, logins: RegistryLogins): AuthConfigObject | undefined {
  const login = loginFor(reference, logins);
  if (login === undefined) return undefined;
  const { address: serveraddress, username, password } = login;
  return { serveraddress, username, password };
}
