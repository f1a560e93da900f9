import { isList, list, mapping, text, without, type Json, type Mapping } from "./json.ts";

/**
 * What `docker inspect` says, without what two runs of one project never have in common: ids, times, addresses and
 * ports that the engine chose. What is left must be the same.
 */

/** Paths that are an engine's bookkeeping; `*` stands for one key. */
const bookkeeping: Readonly<Record<"container" | "network" | "volume", readonly string[]>> = {
  container: [
    "Id",
    "Created",
    "ResolvConfPath",
    "HostnamePath",
    "HostsPath",
    "LogPath",
    "GraphDriver",
    "ExecIDs",
    "State.Pid",
    "State.StartedAt",
    "State.FinishedAt",
    "State.Health.Log",
    // Of one late probe on a busy machine.
    "State.Health.FailingStreak",
    // Size of the terminal that it was started from.
    "HostConfig.ConsoleSize",
    "NetworkSettings.SandboxID",
    "NetworkSettings.SandboxKey",
    // The same as in the networks, for the first one of them, and older than they are.
    "NetworkSettings.Bridge",
    "NetworkSettings.EndpointID",
    "NetworkSettings.Gateway",
    "NetworkSettings.GlobalIPv6Address",
    "NetworkSettings.GlobalIPv6PrefixLen",
    "NetworkSettings.HairpinMode",
    "NetworkSettings.IPAddress",
    "NetworkSettings.IPPrefixLen",
    "NetworkSettings.IPv6Gateway",
    "NetworkSettings.LinkLocalIPv6Address",
    "NetworkSettings.LinkLocalIPv6PrefixLen",
    "NetworkSettings.MacAddress",
    "NetworkSettings.SecondaryIPAddresses",
    "NetworkSettings.SecondaryIPv6Addresses",
    "NetworkSettings.Networks.*.NetworkID",
    "NetworkSettings.Networks.*.EndpointID",
    // What was asked for stands in IPAMConfig.
    "NetworkSettings.Networks.*.Gateway",
    "NetworkSettings.Networks.*.IPAddress",
    "NetworkSettings.Networks.*.IPPrefixLen",
    "NetworkSettings.Networks.*.IPv6Gateway",
    "NetworkSettings.Networks.*.GlobalIPv6Address",
    "NetworkSettings.Networks.*.GlobalIPv6PrefixLen",
  ],
  // Its containers say themselves what they have joined.
  network: ["Id", "Created", "Containers"],
  volume: ["CreatedAt", "Mountpoint"],
};

/** Lists whose order means nothing, or is the order of a Go map, another in each run. */
const unordered = [
  "Config.Env",
  "HostConfig.CapAdd",
  "HostConfig.CapDrop",
  "HostConfig.Devices",
  "HostConfig.DnsOptions",
  "HostConfig.ExtraHosts",
  "HostConfig.GroupAdd",
  "HostConfig.Links",
  "HostConfig.Mounts",
  "HostConfig.SecurityOpt",
  "HostConfig.Ulimits",
  "HostConfig.PortBindings.*",
  "Mounts",
  "NetworkSettings.Networks.*.Aliases",
  "NetworkSettings.Networks.*.DNSNames",
  "NetworkSettings.Networks.*.Links",
  "NetworkSettings.Ports.*",
];

/**
 * @param ids Ids of containers, networks and images, with what is put in their place.
 */
export function normalised(
  kind: "container" | "network" | "volume",
  inspected: Json,
  ids: ReadonlyMap<string, string> = new Map(),
): Json {
  const own = mapping(inspected);
  let result: Json = own;
  if (kind === "container") result = withoutChosen(own);
  if (kind === "network") result = withoutChosenSubnet(own);
  for (const path of bookkeeping[kind]) result = at(result, path.split("."), () => undefined) ?? {};
  result = withoutIds(result, ids);
  for (const path of unordered) {
    result = at(result, path.split("."), (value) => (Array.isArray(value) ? sorted(value) : value)) ?? {};
  }
  return withoutUnset(result) ?? {};
}

function withoutChosen(container: Mapping): Json {
  const { HostConfig: host, NetworkSettings: settings } = container;
  const { Binds: binds, Mounts: mounts, PortBindings: bindings, ...hostConfig } = mapping(host);
  const { Ports: ports, Networks: networks, ...networkSettings } = mapping(settings);
  return {
    ...container,
    // A short form mounts by `Binds`, a long one by `Mounts`: one thing in two spellings.
    HostConfig: {
      ...hostConfig,
      PortBindings: Object.fromEntries(
        Object.entries(mapping(bindings)).map(([port, asked]) => [port, list(asked).map(withoutZero)]),
      ),
      Mounts: [...list(mounts), ...list(binds).map((bind) => asMount(text(bind)))].map(withoutDefaults),
    },
    Mounts: list(container.Mounts).map((mount) => withoutAnonymous(mapping(mount))),
    NetworkSettings: {
      ...networkSettings,
      Ports: Object.fromEntries(
        Object.entries(mapping(ports)).map(([port, published]) => [
          port,
          chosenPorts(list(published), list(mapping(bindings)[port] ?? null)),
        ]),
      ),
      Networks: Object.fromEntries(
        Object.entries(mapping(networks)).map(([name, endpoint]) => [
          name,
          withoutChosenMac(mapping(endpoint)),
        ]),
      ),
    },
    Config: {
      ...mapping(container.Config),
      Labels: comparableLabels(mapping(mapping(container.Config).Labels)),
    },
  };
}

/** Of Compose's own labels, what two runs have in common. */
function comparableLabels(labels: Mapping): Json {
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => {
      if (label === "com.docker.compose.config-hash") return [label, "<hash>"];
      if (label === "com.docker.compose.depends_on") return [label, text(value).split(",").sort().join(",")];
      return [label, value];
    }),
  );
}

function asMount(bind: string): Json {
  const [source = "", target = "", options = ""] = bind.split(":");
  const words = options.split(",");
  const propagation = words.find((word) => /^r?(private|shared|slave)$/.test(word));
  return {
    Type: source.startsWith("/") ? "bind" : "volume",
    Source: source,
    Target: target,
    ...(words.includes("ro") ? { ReadOnly: true } : {}),
    ...(propagation === undefined ? {} : { BindOptions: { Propagation: propagation } }),
    ...(words.includes("nocopy") ? { VolumeOptions: { NoCopy: true } } : {}),
  };
}

/** An option that is given as what it is anyway. */
function withoutDefaults(given: Json): Json {
  const { ReadOnly: readOnly, VolumeOptions: volume, BindOptions: bind, ...mount } = mapping(given);
  const { NoCopy: noCopy, Labels: labels, DriverConfig: driver, ...volumeOptions } = mapping(volume);
  // Its source is there in either case.
  const { Propagation: propagation, ...bindOptions } = without(mapping(bind), "CreateMountpoint");
  return {
    ...mount,
    ...(readOnly === true ? { ReadOnly: true } : {}),
    ...unlessEmpty("BindOptions", {
      ...bindOptions,
      ...(propagation === undefined || propagation === "rprivate" ? {} : { Propagation: propagation }),
    }),
    ...unlessEmpty("VolumeOptions", {
      ...volumeOptions,
      ...unlessEmpty("Labels", mapping(labels)),
      ...unlessEmpty("DriverConfig", mapping(driver)),
      ...(noCopy === true ? { NoCopy: true } : {}),
    }),
  };
}

function unlessEmpty(key: string, value: Mapping): Mapping {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

/** An anonymous volume has its id for a name; `Mode` is the spelling of its bind, which RW and Propagation say. */
function withoutAnonymous(given: Mapping): Json {
  const { Name: name, Source: source, ...mount } = without(given, "Mode");
  if (name === undefined) return { ...mount, Source: source ?? null };
  return { ...mount, Name: /^[0-9a-f]{64}$/.test(text(name)) ? "<anonymous>" : name };
}

/** No host port and the host port 0 both leave it to the engine. */
function withoutZero(binding: Json): Json {
  const { HostPort: port, ...rest } = mapping(binding);
  return { ...rest, HostPort: port === "0" ? "" : (port ?? "") };
}

/** A host port that was not asked for, or out of a range, is the engine's choice. */
function chosenPorts(published: readonly Json[], bindings: readonly Json[]): Json {
  const asked = new Set(bindings.map((binding) => text(mapping(binding).HostPort)));
  return published.map((port) => {
    const { HostPort: number, ...rest } = mapping(port);
    return { ...rest, HostPort: asked.has(text(number)) ? (number ?? null) : "<chosen>" };
  });
}

/** The engine makes a hardware address from the address. */
function withoutChosenMac({ MacAddress: mac, ...endpoint }: Mapping): Json {
  const fromAddress = text(endpoint.IPAddress)
    .split(".")
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join(":");
  return mac === `02:42:${fromAddress}` ? endpoint : { ...endpoint, MacAddress: mac ?? null };
}

/** The tests' own networks lie in 10.213.0.0/16 and fd00:213::/32; any other subnet came from the engine's pools. */
function withoutChosenSubnet(network: Mapping): Json {
  const { Config: config, ...ipam } = mapping(network.IPAM);
  const subnets = list(config).map((entry) => {
    const { Subnet: subnet } = mapping(entry);
    return /^(10\.213\.|fd00:213:)/.test(text(subnet)) ? entry : { Subnet: "<chosen>" };
  });
  return { ...network, IPAM: { ...ipam, Config: subnets } };
}

/** Ids, long and short, wherever they stand. */
function withoutIds(value: Json, ids: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") {
    let text = value;
    for (const [id, name] of ids) text = text.replaceAll(id, name).replaceAll(shortId(id), name);
    return text;
  }
  if (isList(value)) return value.map((entry) => withoutIds(entry, ids));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [withoutIds(key, ids) as string, withoutIds(entry, ids)]),
  );
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** To the engine, `null`, `""`, `[]` and `{}` are the same as nothing. */
function withoutUnset(value: Json, path: readonly string[] = []): Json | undefined {
  if (value === null || value === "") return undefined;
  if (isList(value)) return value.length === 0 ? undefined : value;
  if (typeof value !== "object") return value;
  // But a label may be empty, and a port need not be published.
  const leavesCount = ["Labels", "ExposedPorts", "Volumes", "Ports", "Options"].includes(path.at(-1) ?? "");
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    const rest = withoutUnset(entry, [...path, key]);
    if (rest !== undefined) return [[key, rest] as const];
    return leavesCount ? [[key, entry] as const] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The value with what stands at a path changed, or taken out. */
function at(
  value: Json,
  [key, ...rest]: readonly string[],
  change: (value: Json) => Json | undefined,
): Json | undefined {
  if (key === undefined) return change(value);
  if (value === null || typeof value !== "object" || isList(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, entry]) => {
      if (key !== "*" && key !== name) return [[name, entry]];
      const changed = at(entry, rest, change);
      return changed === undefined ? [] : [[name, changed]];
    }),
  );
}

function sorted(values: readonly Json[]): Json {
  return values.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
