/** Why a key is refused, and what to do instead. */
export interface Refused {
  readonly reason: string;
  readonly fix: string;
}

const noSetting = "the Docker provider cannot set it";
const windows = { reason: "only Windows containers have it", fix: "remove the key" };
const unsettable = { reason: noSetting, fix: "remove the key" };
const ofFilesOnly = "docker compose config resolves it, and here no Compose file is read";

/**
 * Keys of the Compose Specification for a service that a single Docker engine, or the Docker provider, cannot honour.
 * A service may rely on such a key, so it is a mistake to write it.
 */
export const refusedKeys: Readonly<Record<string, Refused>> = {
  credential_spec: windows,
  driver_opts: {
    reason: "options of a driver belong to a network",
    fix: "write networks.<network>.driver_opts",
  },
  env_file: {
    reason: ofFilesOnly,
    fix: "write the variables below environment, or env_file in a Compose file",
  },
  extends: { reason: ofFilesOnly, fix: "write the whole service, or extends in a Compose file" },
  external_links: {
    reason: "the Docker provider links no containers",
    fix: "put both containers on one network, where they find each other by name and by networks.<network>.aliases",
  },
  label_file: { reason: ofFilesOnly, fix: "write the labels below labels, or label_file in a Compose file" },
  models: { reason: "only Docker Desktop runs models", fix: "remove the key" },
  post_start: {
    reason: "the Docker provider starts no second command",
    fix: "start the command from the entrypoint, or from a service that depends on this one",
  },
  pre_stop: {
    reason: "the Docker provider starts no second command",
    fix: "let the process do it when it receives its stop_signal",
  },
  provider: {
    reason: "`up` runs no other programs",
    fix: "remove the key, and describe what the provider creates as a service",
  },
  use_api_socket: { reason: noSetting, fix: "mount /var/run/docker.sock below volumes" },
  uts: unsettable,
};

/** The same for the keys of `build`. */
export const refusedBuildKeys: Readonly<Record<string, Refused>> = {
  entitlements: unsettable,
  privileged: unsettable,
  ssh: {
    reason: "the Docker provider cannot forward an SSH agent",
    fix: "copy what the build needs into its context",
  },
};

/** The same for the keys of top-level networks, volumes, configs and secrets. */
export const refusedTopLevelKeys: Readonly<Record<string, Refused>> = {
  driver: { reason: "only a cluster has drivers for it", fix: "remove the key" },
  driver_opts: { reason: "only a cluster has drivers for it", fix: "remove the key" },
  template_driver: { reason: "only a cluster has templates", fix: "remove the key" },
  enable_ipv4: unsettable,
};
