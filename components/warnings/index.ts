import type { Facts } from "../model/facts.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { bytes, mebibytes } from "../compose-spec/units.ts";
import type { Found, Warning } from "../findings/warning.ts";
import { doubledDollars, doubledInValues, notInterpolated } from "./dollars.ts";
import { pgIsReady, startPeriod, unfilledVariables } from "./healthcheck.ts";
import { memoryOvercommitted } from "./memory.ts";
import { unsharedNetworks } from "./networks.ts";
import { routerRules } from "./routes.ts";
import { sqliteWriters } from "./sqlite.ts";
import { containerNameUrls, hostPortUrls, localhostUrls } from "./urls.ts";
import { anonymousVolumes } from "./volumes.ts";

/** An engine does so for the network a container is made on; the provider makes it on another and connects it then. */
const hardwareAddress =
  "the engine gives a container its hardware address itself when it connects it to a network";

/** Keys that a service works without, and why they come to nothing here. */
export const ignoredKeys = {
  annotations: "the Docker provider cannot set annotations",
  attach: "`up` shows no container's output; see it with docker logs",
  cpu_count: "it is for Windows containers",
  cpu_percent: "it is for Windows containers",
  cpu_rt_period: "the Docker provider cannot set it",
  cpu_rt_runtime: "the Docker provider cannot set it",
  develop: "`up` does not watch files; mount the sources to see changes at once",
  isolation: "it is for Windows containers",
  mac_address: hardwareAddress,
  mem_swappiness: "the Docker provider cannot set it",
  oom_kill_disable: "the Docker provider cannot set it",
  oom_score_adj: "the Docker provider cannot set it",
} as const satisfies Partial<Record<keyof Service, string>>;

/** The service without what is only warned of, so that it changes nothing. */
export function withoutIgnored(service: Service): Service {
  return Object.fromEntries(Object.entries(service).filter(([key]) => !Object.hasOwn(ignoredKeys, key)));
}

function ignored(path: string, reason: string): Found {
  const fix = "take it out to be rid of this warning";
  return { name: "comes-to-nothing", path, message: `comes to nothing: ${reason}`, fix };
}

const cluster = "only a cluster has a use for it";

/**
 * Everything in a checked stack that is likely to be wrong, or is taken and comes to nothing, by service and key:
 * nothing is dropped in silence.
 */
export function warningsIn(model: Model, facts: Facts): readonly Omit<Warning, "file">[] {
  const { project, containers, memory, starts = {} } = facts;
  const inServices = Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...Object.entries(ignoredKeys).flatMap(([key, reason]) => present("", service, [key], reason)),
      ...inDeploy(service),
      ...inPorts(service),
      ...inHosts(service),
      ...inVolumes(service),
      ...inNetworks(service),
      ...inFiles(service, model),
      ...roundedUp(service),
      ...localhostUrls(name, service, model),
      ...hostPortUrls(name, service, model),
      ...containerNameUrls(service, model, project, containers),
      ...unsharedNetworks(name, service, model),
      ...startPeriod(service, own(starts, name)),
      ...pgIsReady(name, service, model),
      ...unfilledVariables(service, model),
      ...doubledDollars(service),
      ...doubledInValues(name, model),
      ...notInterpolated(name, model),
      ...anonymousVolumes(service),
      ...routerRules(service),
    ].map((found) => inService(name, found)),
  );
  return [
    ...inServices,
    ...sqliteWriters(model).map(({ service, ...found }) => inService(service, found)),
    ...memoryOvercommitted(model, memory),
  ];
}

function inService(service: string, { path, ...found }: Found): Omit<Warning, "file"> {
  return { ...found, service, path: `services.${service}.${path}` };
}

function inDeploy({ deploy = {} }: Service): Found[] {
  const { mode = "replicated", placement, resources, restart_policy, update_config, ...others } = deploy;
  const reservations = resources?.reservations ?? {};
  return [
    ...(mode === "replicated" ? [] : [ignored("deploy.mode", cluster)]),
    ...(isEmpty(placement) ? [] : [ignored("deploy.placement", cluster)]),
    ...present("deploy", others, ["labels", "rollback_config", "endpoint_mode"], cluster),
    ...present(
      "deploy.update_config",
      update_config,
      ["delay", "failure_action", "max_failure_ratio", "monitor"],
      "an update goes on when a container is ready, and ends with the first that does not become so",
    ),
    ...present("deploy.restart_policy", restart_policy, ["delay", "window"], "the engine has its own"),
    ...present("deploy.resources.reservations", reservations, ["cpus", "generic_resources"], cluster),
  ];
}

function inPorts({ ports = [], network_mode: mode = "" }: Service): Found[] {
  const unpublished = ["host", "none"].includes(mode) && ports.length > 0;
  return [
    ...(unpublished ? [ignored("ports", `with network_mode ${mode} nothing is published`)] : []),
    ...ports.flatMap((port, index) =>
      present(`ports.${index}`, port, ["name", "app_protocol"], "it is a note for people"),
    ),
  ];
}

/** The provider reads an IPv6 address back as none, and would make the container anew. */
function inHosts({ extra_hosts = [] }: Service): Found[] {
  return extra_hosts.flatMap((entry, index) =>
    (entry.match(/:/g) ?? []).length < 2
      ? []
      : [
          {
            name: "ipv6-host",
            path: `extra_hosts.${index}`,
            message:
              "has an IPv6 address, with which the Docker provider makes the container anew after a refresh",
            fix: "write an IPv4 address",
          },
        ],
  );
}

function inVolumes({ volumes = [] }: Service): Found[] {
  return volumes.flatMap(({ bind, ...mount }, index) => [
    ...present(`volumes.${index}`, mount, ["consistency"], "Docker has no use for it any more"),
    ...present(`volumes.${index}.bind`, bind, ["recursive"], "the Docker provider cannot set it"),
  ]);
}

function inNetworks({ networks = {} }: Service): Found[] {
  return Object.entries(networks).flatMap(([network, attachment]) => [
    ...present(`networks.${network}`, attachment ?? {}, ["mac_address"], hardwareAddress),
    ...present(
      `networks.${network}`,
      attachment ?? {},
      ["interface_name"],
      "the Docker provider cannot set it",
    ),
  ]);
}

/** A file that is mounted is the host's own, with its owner and mode, as with Compose. */
function inFiles(service: Service, model: Model): Found[] {
  return (["configs", "secrets"] as const).flatMap((key) =>
    (service[key] ?? []).flatMap((reference, index) => {
      const { file } = own(key === "configs" ? model.configs : model.secretFiles, reference.source) ?? {};
      const reason = "the file is mounted, with the owner and the mode it has on the host";
      return file === undefined ? [] : present(`${key}.${index}`, reference, ["uid", "gid", "mode"], reason);
    }),
  );
}

/** The Docker provider counts memory in mebibytes. */
function roundedUp(service: Service): Found[] {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const sizes = {
    mem_limit: service.mem_limit,
    mem_reservation: service.mem_reservation,
    memswap_limit: service.memswap_limit,
    shm_size: service.shm_size,
    "deploy.resources.limits.memory": limits?.memory,
    "deploy.resources.reservations.memory": reservations?.memory,
  };
  return Object.entries(sizes).flatMap(([path, size]): Found[] =>
    size === undefined || Number(size) === -1 || bytes(size) % 1024 ** 2 === 0
      ? []
      : [
          {
            name: "rounded-memory",
            path,
            message: `is rounded up to ${mebibytes(size)}M: the Docker provider counts in whole mebibytes`,
            fix: "write a whole number of mebibytes",
          },
        ],
  );
}

function present(at: string, part: object | undefined, keys: readonly string[], reason: string): Found[] {
  return keys
    .filter((key) => (part as Readonly<Record<string, unknown>> | undefined)?.[key] !== undefined)
    .map((key) => ignored([at, key].filter((step) => step !== "").join("."), reason));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || Object.keys(value).length === 0;
}
