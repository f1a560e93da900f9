import { hardwareAddress, ignoredBuildKeys, ignoredKeys } from "../compose-spec/ignored.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";
import { isRelabelled } from "../model/bind-sources.ts";
import type { Model } from "../model/model.ts";

/**
 * Every key of a service that has no effect: nothing is dropped in silence.
 *
 * @param mountsFiles Whether containers get the host's own files, and not their content.
 */
export function withoutEffect(service: Service, model: Model, mountsFiles: boolean): Finding[] {
  return [
    ...Object.entries(ignoredKeys).flatMap(([key, reason]) => present("", service, [key], reason)),
    ...inDeploy(service),
    ...inPorts(service),
    ...inVolumes(service),
    ...inNetworks(service),
    ...(mountsFiles ? inFiles(service, model) : []),
  ];
}

/** Every key of a build that has no effect, wherever the image goes. One that asks for what is the case is none. */
export function withoutEffectInBuild({ build = {} }: Service): Finding[] {
  const said = Object.entries(build).filter(([, value]) => !["false", "default"].includes(String(value)));
  return Object.entries(ignoredBuildKeys).flatMap(([key, reason]) =>
    present("build", Object.fromEntries(said), [key], reason),
  );
}

function ignored(path: string, reason: string): Finding {
  return warning("no-effect", { path, message: `the key has no effect: ${reason}`, fix: "remove the key" });
}

const cluster = "only a cluster uses it";

function inDeploy({ deploy = {} }: Service): Finding[] {
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
      "an update continues when a container is ready, and stops at the first that does not become ready",
    ),
    ...present("deploy.restart_policy", restart_policy, ["delay", "window"], "Docker has its own values"),
    ...present("deploy.resources.reservations", reservations, ["cpus", "generic_resources"], cluster),
  ];
}

function inPorts({ ports = [], network_mode: mode = "" }: Service): Finding[] {
  const unpublished = ["host", "none"].includes(mode) && ports.length > 0;
  return [
    ...(unpublished ? [ignored("ports", `with network_mode ${mode}, Docker publishes no ports`)] : []),
    ...ports.flatMap((port, index) =>
      present(`ports.${index}`, port, ["name", "app_protocol"], "it only describes the port"),
    ),
  ];
}

function inVolumes({ volumes = [] }: Service): Finding[] {
  return volumes.flatMap((mount, index) => {
    const bind = mount.bind ?? {};
    const isOld = isRelabelled(mount);
    const { selinux, propagation } = bind;
    const at = `volumes.${index}`;
    return [
      ...present(at, mount, ["consistency"], "Docker no longer uses it"),
      ...present(`${at}.bind`, bind, ["recursive"], "the Docker provider cannot set it"),
      ...(selinux === undefined || isOld ? [] : [ignored(`${at}.bind.selinux`, besideOptions)]),
      ...(propagation === undefined || !isOld ? [] : [ignored(`${at}.bind.propagation`, besideLabel)]),
    ];
  });
}

const besideOptions = "the Docker provider cannot set it beside options of the volume";
const besideLabel = "the Docker provider cannot set it beside a label for SELinux";

function inNetworks({ networks = {} }: Service): Finding[] {
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
function inFiles(service: Service, model: Model): Finding[] {
  return (["configs", "secrets"] as const).flatMap((key) =>
    (service[key] ?? []).flatMap((reference, index) => {
      const { file } = own(key === "configs" ? model.configs : model.secretFiles, reference.source) ?? {};
      const reason = "the file is mounted with the owner and the mode that it has on the host";
      return file === undefined ? [] : present(`${key}.${index}`, reference, ["uid", "gid", "mode"], reason);
    }),
  );
}

function present(at: string, part: object | undefined, keys: readonly string[], reason: string): Finding[] {
  return keys
    .filter((key) => (part as Readonly<Record<string, unknown>> | undefined)?.[key] !== undefined)
    .map((key) => ignored([at, key].filter((step) => step !== "").join("."), reason));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || Object.keys(value).length === 0;
}
