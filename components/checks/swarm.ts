import { onSwarm } from "../compose-spec/on-swarm.ts";
import { isOutside } from "../compose-spec/paths.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { inService, mistake, warning, type Finding } from "../findings/finding.ts";
import type { AbsentImage } from "../model/facts.ts";
import { externalReferences } from "../model/files.ts";
import type { Model } from "../model/model.ts";
import { placeholders } from "../model/placeholder.ts";
import { hasOnePlace, obstacleOnSwarm, type ExternalParts, type Swarm } from "../model/swarm.ts";

/**
 * All that stands between a stack and a swarm, at once: what a single engine does and a swarm cannot.
 *
 * @param directory Absolute path of the project: what lies in there is on no node.
 */
export function checkSwarm(model: Model, swarm: Swarm, directory: string): Finding[] {
  const inServices = Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...keys(service),
      ...inDeploy(service),
      ...ports(service),
      ...attachments(service),
      ...mounts(service, directory),
      ...place(service, model),
      ...registry(service, swarm),
      ...clear(service, model),
      ...startFirst(name, service, model),
    ].map((finding) => inService(name, finding)),
  );
  return [...inServices, ...networks(model)];
}

/**
 * Images that cannot be named by their digest, as the services of a swarm name theirs.
 *
 * @param digests What the registries say: the digest by an image's reference, or why there is none.
 */
export function withoutDigest(
  model: Model,
  digests: Readonly<Record<string, string | AbsentImage>>,
): Finding[] {
  return Object.entries(model.services).flatMap(([name, { image, build }]) => {
    const answer = image === undefined || build !== undefined ? undefined : own(digests, image);
    if (image === undefined || answer === undefined || typeof answer === "string") return [];
    const { registry: said, reason = "" } = answer;
    const why =
      said === "missing" || said === "denied"
        ? "its registry does not have the image, or does not show it without a login"
        : `its registry does not answer the manager: ${reason}`;
    return [
      inService(
        name,
        mistake("missing-image", {
          path: "image",
          message: `no node of the swarm can get \`${image}\`: ${why}`,
          fix: "push the image to a registry that every node reaches, and name the image with that registry",
        }),
      ),
    ];
  });
}

/**
 * External configs and secrets that the swarm does not have.
 *
 * @param there What the swarm has.
 */
export function withoutExternal(model: Model, there: ExternalParts): Finding[] {
  return Object.entries(model.services).flatMap(([service, definition]) =>
    externalReferences(definition, model)
      .filter(({ kind, name }) => own(there[kind], name) === undefined)
      .map(({ kind, name, reference: { source }, index }) =>
        inService(
          service,
          mistake("file-without-content", {
            path: `${kind}s.${index}`,
            message: `${kind} \`${source}\` is external, and the swarm has no ${kind} \`${name}\``,
            fix: `docker ${kind} create ${name} <file>, on a manager`,
          }),
        ),
      ),
  );
}

const refused = (path: string, reason: string, fix: string) =>
  mistake("not-on-swarm", { path, message: `a swarm cannot honour the key: ${reason}`, fix });
const passedOver = (path: string, reason: string, fix = "remove the key") =>
  warning("not-on-swarm", { path, message: `the key has no effect on a swarm: ${reason}`, fix });
const noSetting = "the Docker provider cannot set it on the services of a swarm";

function keys(service: Service): Finding[] {
  return Object.entries(service).flatMap(([key, value]) => {
    const row = onSwarm[key as keyof Service];
    // What is switched off is off in a swarm as well.
    if (row === "honoured" || value === false) return [];
    return ["refused" in row ? refused(key, row.refused, row.fix) : passedOver(key, row.warned)];
  });
}

function inDeploy({ deploy = {}, healthcheck, depends_on = {}, environment = {} }: Service): Finding[] {
  const { mode = "replicated", resources } = deploy;
  const restarts = Object.entries(depends_on).filter(([, { restart }]) => restart === true);
  const unset = Object.entries(environment).filter(([, value]) => value === null);
  return [
    ...(["replicated", "global"].includes(mode)
      ? []
      : [
          refused(
            "deploy.mode",
            `${noSetting}: ${mode}`,
            "write replicated or global; a service that others wait for to complete is a job",
          ),
        ]),
    ...(resources?.limits?.pids === undefined ? [] : [passedOver("deploy.resources.limits.pids", noSetting)]),
    ...(resources?.reservations?.devices === undefined
      ? []
      : [
          refused(
            "deploy.resources.reservations.devices",
            "a node tells what it has as generic resources",
            "write deploy.resources.reservations.generic_resources",
          ),
        ]),
    ...(healthcheck?.start_interval === undefined
      ? []
      : [
          passedOver(
            "healthcheck.start_interval",
            `${noSetting}, and a node probes every 5 s while a container starts`,
          ),
        ]),
    ...restarts.map(([name]) =>
      passedOver(`depends_on.${name}.restart`, "a swarm starts containers of one service without another"),
    ),
    ...unset.map(([variable]) =>
      passedOver(
        `environment.${variable}`,
        "the Docker provider cannot take an image's variable away there",
        "give the variable a value, or remove the variable",
      ),
    ),
  ];
}

function ports({ ports: all = [] }: Service): Finding[] {
  return all.flatMap(({ host_ip, published }, index) => [
    ...(host_ip === undefined || ["", "0.0.0.0", "::"].includes(host_ip)
      ? []
      : [
          refused(
            `ports.${index}`,
            `a node publishes a port on all of its addresses, not on ${host_ip} alone`,
            "take the address away, or the port (reset in stack config)",
          ),
        ]),
    ...(published?.includes("-") === true
      ? [refused(`ports.${index}`, "every container publishes the same port", "write one port")]
      : []),
  ]);
}

function attachments({ networks: joined = {} }: Service): Finding[] {
  return Object.entries(joined).flatMap(([network, attachment]) => {
    const {
      ipv4_address,
      ipv6_address,
      link_local_ips,
      gw_priority,
      driver_opts,
      mac_address,
      interface_name,
    } = attachment ?? {};
    const at = `networks.${network}`;
    const fixed = { ipv4_address, ipv6_address, link_local_ips };
    const others = { gw_priority, driver_opts, mac_address, interface_name };
    const set = (part: object) =>
      Object.entries(part).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    return [
      ...set(fixed).map((key) =>
        refused(`${at}.${key}`, "a swarm chooses the addresses", "let others find the service by its name"),
      ),
      ...set(others).map((key) => passedOver(`${at}.${key}`, noSetting)),
    ];
  });
}

function mounts({ volumes = [], tmpfs = [] }: Service, directory: string): Finding[] {
  return [
    ...volumes.flatMap(({ type, source = "", bind, volume, tmpfs: memory }, index) => {
      const path = `volumes.${index}`;
      const cannot = (key: string) => refused(`${path}.${key}`, noSetting, "remove the key");
      return [
        ...(type === "bind" ? bound(source, path, directory) : []),
        ...(bind?.selinux === undefined ? [] : [cannot("bind.selinux")]),
        ...(volume?.subpath === undefined ? [] : [cannot("volume.subpath")]),
        ...(memory?.mode === undefined ? [] : [passedOver(`${path}.tmpfs.mode`, noSetting)]),
      ];
    }),
    ...tmpfs.flatMap((entry, index) => {
      const options = (entry.split(":")[1] ?? "").split(",").filter((option) => !/^$|^size=/.test(option));
      return options.length === 0
        ? []
        : [passedOver(`tmpfs.${index}`, `only the size has one: ${options.join(",")}`)];
    }),
  ];
}

function bound(source: string, path: string, directory: string): Finding[] {
  if (isOutside(source, directory)) {
    const message = `\`${source}\` has to be there on every node on which the service may run`;
    const fix = "silence the warning where every such node has it, or constrain the service to nodes that do";
    return [warning("not-on-swarm", { path, message, fix })];
  }
  return [
    mistake("not-on-swarm", {
      path,
      message: `\`${source}\` is on this machine, and on no node of the swarm`,
      fix: "give a file as a config (configs) or a secret, put a folder into the image, or data into a volume",
    }),
  ];
}

/** A volume is each node's own: a service that is started on another node finds an empty one. */
function place(service: Service, { volumes: declared }: Model): Finding[] {
  if (hasOnePlace(service) || service.deploy?.mode === "global") return [];
  return (service.volumes ?? []).flatMap(({ type, source, read_only }, index) => {
    if (type !== "volume" || source === undefined || read_only === true) return [];
    const { driver = "local", driver_opts = {} } = own(declared, source) ?? {};
    if (driver !== "local" || Object.keys(driver_opts).length > 0) return [];
    return [
      mistake("no-place", {
        path: `volumes.${index}`,
        message: `the volume \`${source}\` is another one on every node, and the service may run on any`,
        fix: "write deploy.placement.constraints: [node.labels.<label> == <value>] for one node, or give the volume a driver that shares its data",
      }),
    ];
  });
}

function registry({ build }: Service, { registry: named }: Swarm): Finding[] {
  if (build === undefined || named !== undefined) return [];
  return [
    mistake("no-registry", {
      path: "build",
      message: "the image is built here, and no node of the swarm can get it",
      fix: "name a registry in stack config: swarm: { registry: registry.example:5000 }",
    }),
  ];
}

/** Where a secret is filled in on a single engine, and would be for everybody to read who asks a manager. */
function clear(service: Service, model: Model): Finding[] {
  return Object.entries(service).flatMap(([key, value]) => {
    const named = placeholders(JSON.stringify(value));
    return model.secrets
      .filter((secret) => named.includes(secret))
      .map((secret) =>
        mistake("clear-on-swarm", {
          path: key,
          message: `the secret \`${secret}\` would be in clear in \`docker service inspect\``,
          fix: "give the secret as a file (secrets), and let the service read the file: many images take POSTGRES_PASSWORD_FILE and the like",
        }),
      );
  });
}

function startFirst(name: string, service: Service, model: Model): Finding[] {
  const obstacle = obstacleOnSwarm(name, service, model);
  if (service.deploy?.update_config?.order !== "start-first" || obstacle === undefined) return [];
  return [
    mistake("start-first-impossible", {
      path: "deploy.update_config.order",
      message: `start-first is impossible on a swarm: ${obstacle}`,
      fix: "remove the order (the service is then updated stop-first), or remove what prevents start-first",
    }),
  ];
}

function networks({ networks: all }: Model): Finding[] {
  return Object.entries(all).flatMap(([network, { driver = "overlay", external = false, ipam }]) => {
    if (external) return [];
    const reserved = (ipam?.config ?? []).flatMap(({ aux_addresses: kept }, index) =>
      kept === undefined
        ? []
        : [passedOver(`networks.${network}.ipam.config.${index}.aux_addresses`, "it keeps no address free")],
    );
    if (driver === "overlay") return reserved;
    return [
      ...reserved,
      mistake("not-on-swarm", {
        path: `networks.${network}.driver`,
        message: `a network with the driver ${driver} is on one node alone`,
        fix: "remove the driver: a swarm's networks are overlay networks",
      }),
    ];
  });
}
