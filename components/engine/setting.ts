/** The forms of the key `engine` of stack config that name an address; anything else is the name of a Docker context. */
const addresses = /^(?:ssh|tcp|unix):\/\//;

/** Who is logged in to, where: `ssh://deploy@shop.example:2222`. */
export interface SshDestination {
  /** As OpenSSH takes it: `deploy@shop.example`, or a host of its configuration. */
  readonly destination: string;
  readonly port?: string;
}

/** What is wrong with the key `engine`, and what to write; `undefined` for one that may be right. */
export function wrongEngine(setting: string): string | undefined {
  const forms =
    "write ssh://<user>@<host>[:<port>], tcp://<host>:<port>, unix:///<socket>, or the name of a Docker context";
  if (setting.startsWith("ssh:")) return sshDestination(setting) === undefined ? forms : undefined;
  if (addresses.test(setting))
    return /^(?:tcp:\/\/[^/\s]+|unix:\/\/\/\S+)$/.test(setting) ? undefined : forms;
  return /^[a-zA-Z0-9][a-zA-Z0-9_.+-]*$/.test(setting) ? undefined : forms;
}

/** Whether the key `engine` is the name of a Docker context. */
export function isContext(setting: string): boolean {
  return !addresses.test(setting);
}

/** Where an address leads by SSH; `undefined` for another address, or one that leads nowhere. */
export function sshDestination(address: string): SshDestination | undefined {
  const [, destination, port] = /^ssh:\/\/((?:[\w.-]+@)?[\w][\w.-]*)(?::(\d+))?\/?$/.exec(address) ?? [];
  if (destination === undefined) return undefined;
  return { destination, ...(port === undefined ? {} : { port }) };
}
