/** A login that a registry wants, as the engine takes it. */
export interface RegistryLogin {
  /** The registry as images are named by it. */
  readonly serveraddress: string;
  readonly username: string;
  readonly password: string;
}

/** The variable by which a program that asks registries is told of a login, as JSON. */
export const loginVariable = "PULUMI_COMPOSE_REGISTRY_LOGIN";
