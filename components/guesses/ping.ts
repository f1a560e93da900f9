import { posix } from "node:path";
import { filesOf } from "../model/files.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** `ping` at the top level of YAML or TOML, in a line of its own or not. */
const pingKey = /(?:^|[{,])\s*["']?ping["']?\s*[:=]|^\s*\[ping\]/m;

/**
 * A Traefik whose health check asks for a ping that its static configuration does not answer. Traefik takes the
 * configuration from one source alone: a file, or else the command, or else the environment. Where that cannot be seen
 * from here, nothing is said.
 */
export function ping(service: Service, model: Model): Finding[] {
  const { image = "", environment = {}, healthcheck, build } = service;
  const asks = (healthcheck?.test ?? []).join(" ");
  const byItself = /\btraefik healthcheck\b/.test(asks);
  // An image of one's own may have a file in it.
  if (!/(?:^|\/)traefik(?:[:@]|$)/.test(image) || build !== undefined) return [];
  if (!byItself && !/\/ping\b/.test(asks)) return [];
  const flags = flagsOf(service);
  if (flags === undefined) return [];
  const asked = byItself ? "`traefik healthcheck`" : "/ping";
  const without = (path: string, fix: string) => [
    warning("traefik-without-ping", {
      path,
      message: `the health check asks for a ping (${asked}), and Traefik answers none`,
      fix,
    }),
  ];

  const named = valueOf("configFile", flags);
  const places = named === undefined ? usualFiles(service) : [posix.resolve(folderOf(service), named)];
  const file = filesOf(service, model).find(({ reference }) => places.includes(reference.target));
  if (file !== undefined) {
    const content = file.file?.content;
    if (content === undefined || pingKey.test(content)) return [];
    return without("configs", `write \`ping: {}\` into \`${file.reference.source}\``);
  }
  const mounted = (service.volumes ?? []).map(({ target }) => target.replace(/\/$/, ""));
  const isMounted = places.some((place) =>
    mounted.some((target) => place === target || place.startsWith(`${target}/`)),
  );
  if (named !== undefined || isMounted) return [];

  const inEnvironment = Object.entries(environment).some(
    ([key, value]) => /^TRAEFIK_PING(?:_|$)/.test(key) && value !== "false",
  );
  if (flags.length === 0) return inEnvironment ? [] : without("environment", 'write TRAEFIK_PING: "true"');
  if (!hasPing(flags)) return without("command", "write --ping=true");
  if (!byItself) return [];
  const [, probe = ""] = /\btraefik healthcheck\b([^;&|]*)/.exec(asks) ?? [];
  const probeFlags = probe.split(/[\s"']+/).filter((word) => word !== "");
  // Without flags of its own it reads the environment; and it may have a file of its own.
  const inItsOwn = probeFlags.length === 0 && (inEnvironment || /\bTRAEFIK_PING/.test(asks));
  if (inItsOwn || valueOf("configFile", probeFlags) !== undefined) return [];
  const at = entryPointOf(flags);
  const fix = `write traefik healthcheck ${at?.flags ?? "--ping"}`;
  const asksWrongly = (message: string) => [
    warning("traefik-without-ping", { path: "healthcheck.test", message, fix }),
  ];
  if (!hasPing(probeFlags))
    return asksWrongly("traefik healthcheck does not see the flags of the server, and asks without --ping");
  if (at === undefined || valueOf("ping.entryPoint", probeFlags) !== undefined) return [];
  return asksWrongly(`the health check asks on port 8080, and the ping is on entry point \`${at.name}\``);
}

/** What the server is told by flags; absent where it is started by something that may add some further inside. */
function flagsOf({ entrypoint = [], command = [] }: Service): readonly string[] | undefined {
  const words = [...entrypoint, ...command].filter((word) => word !== "");
  const first = words.findIndex((word) => !/^\/entrypoint\.sh$|(?:^|\/)traefik$/.test(word));
  const flags = first === -1 ? [] : words.slice(first);
  return flags[0]?.startsWith("-") === false ? undefined : flags;
}

/** A flag's value, `--name=value` or the next word; names are as good in small letters. */
function valueOf(name: string, flags: readonly string[]): string | undefined {
  const flag = new RegExp(`^--?${name.replaceAll(".", "\\.")}(?:=(.*))?$`, "i");
  const index = flags.findIndex((word) => flag.test(word));
  return index === -1 ? undefined : (flag.exec(flags[index] ?? "")?.[1] ?? flags[index + 1]);
}

function hasPing(flags: readonly string[]): boolean {
  return flags.some((word) => /^--?ping(?:=(?!f|0)|\.|$)/i.test(word));
}

/** The entry point that the ping was moved to, and the flags that say so, where its port is another than the usual. */
function entryPointOf(
  flags: readonly string[],
): { readonly name: string; readonly flags: string } | undefined {
  const name = valueOf("ping.entryPoint", flags);
  const address = name === undefined ? undefined : valueOf(`entryPoints.${name}.address`, flags);
  if (name === undefined || address === undefined || /:8080(?:\/|$)/.test(address)) return undefined;
  return { name, flags: `--ping.entryPoint=${name} --entryPoints.${name}.address=${address}` };
}

/** Where Traefik looks for its static configuration when nobody tells it otherwise. */
function usualFiles(service: Service): string[] {
  const { XDG_CONFIG_HOME, HOME } = service.environment ?? {};
  // Without a home in the environment it is the user's, which only the image knows.
  const homes = HOME == null ? ["/root", "/"] : [HOME];
  const folders = [
    "/etc/traefik",
    ...(XDG_CONFIG_HOME == null ? [] : [XDG_CONFIG_HOME]),
    ...homes.map((home) => posix.join(home, ".config")),
    folderOf(service),
  ];
  return folders.flatMap((folder) =>
    ["toml", "yaml", "yml"].map((ending) => posix.join(folder, `traefik.${ending}`)),
  );
}

/** Where the server runs; Traefik's image says nothing else. */
function folderOf({ working_dir = "/" }: Service): string {
  return working_dir;
}
