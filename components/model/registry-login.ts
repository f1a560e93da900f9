import { own } from "../compose-spec/own.ts";

/** Who a registry knows. */
export interface RegistryLogin<Password = string> {
  readonly username: string;
  readonly password: Password;
}

/** Logins by the addresses of registries, as images are named by them: `ghcr.io`, `registry.example:5000`. */
export type RegistryLogins<Password = string> = Readonly<Record<string, RegistryLogin<Password>>>;

/** The variable by which a program that asks registries is told of the logins, as JSON. */
export const loginsVariable = "PULUMI_COMPOSE_REGISTRY_LOGINS";

/** The login by which an image is pulled or pushed; `undefined` where nobody has one for its registry. */
export function loginFor<Password>(
  image: string,
  logins: RegistryLogins<Password>,
): (RegistryLogin<Password> & { readonly address: string }) | undefined {
  const [first = "", ...rest] = image.split("/");
  const address = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : "docker.io";
  const login = own(logins, address);
  return login === undefined ? undefined : { address, ...login };
}
