/**
 * Keys of the Compose Specification that a service may have with Compose, and that one engine, or the Docker provider,
 * cannot give it. A service may count on them, so they are mistakes, each with what to do instead.
 */
export const refusedKeys: Readonly<Record<string, string>> = {
  credential_spec: "take it out: it is for Windows containers",
  driver_opts: "write it below the network: networks.<network>.driver_opts",
  env_file: "write the variables below environment; a Compose file may have env_file, a stack config may not",
  extends: "write the service out; a Compose file may extend, a stack config may not",
  external_links: "put both containers on one network, where they know each other by name",
  label_file: "write the labels below labels; a Compose file may have label_file, a stack config may not",
  models: "take it out: only Docker Desktop runs models",
  post_start: "start the command from the entrypoint, or from a service that depends on this one",
  pre_stop: "let the process do it when it gets its stop_signal",
  provider: "take it out, and describe what it provides as a service",
  use_api_socket: "mount /var/run/docker.sock below volumes",
  uts: "take it out: the Docker provider cannot set it",
};

/** The same below `build`. */
export const refusedBuildKeys: Readonly<Record<string, string>> = {
  dockerfile_inline: "write it to a file, and name that below dockerfile",
  entitlements: "take it out: the Docker provider cannot set it",
  isolation: "take it out: it is for Windows containers",
  privileged: "take it out: the Docker provider cannot set it",
  provenance: "take it out: an image that the engine loads has none",
  sbom: "take it out: an image that the engine loads has none",
  secrets: "copy what the build needs into its context: the Docker provider would read it on another machine",
  ssh: "copy what the build needs into its context: the Docker provider cannot forward an agent",
};

/** The same of top-level networks, volumes, configs and secrets. */
export const refusedTopLevelKeys: Readonly<Record<string, string>> = {
  driver: "take it out: only a cluster has drivers for it",
  driver_opts: "take it out: only a cluster has drivers for it",
  template_driver: "take it out: only a cluster has templates",
  enable_ipv4: "take it out: the Docker provider cannot set it",
};
