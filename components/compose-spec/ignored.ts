import type { Build } from "./build.ts";
import type { Service } from "./service.ts";

/** An engine does so for the network a container is made on; the provider makes it on another and connects it then. */
export const hardwareAddress =
  "Docker chooses the hardware address itself when it connects a container to a network";

/** Keys that a service works without, and why they come to nothing here. */
export const ignoredKeys = {
  annotations: "the Docker provider cannot set annotations",
  attach: "`up` shows no output of containers; read it with docker logs",
  cpu_count: "only Windows containers have it",
  cpu_percent: "only Windows containers have it",
  cpu_rt_period: "the Docker provider cannot set it",
  cpu_rt_runtime: "the Docker provider cannot set it",
  develop: "`up` does not watch files; mount the sources, and changes are seen at once",
  isolation: "only Windows containers have it",
  mac_address: hardwareAddress,
  mem_swappiness: "the Docker provider cannot set it",
  oom_kill_disable: "the Docker provider cannot set it",
  oom_score_adj: "the Docker provider cannot set it",
} as const satisfies Partial<Record<keyof Service, string>>;

/** The same for the keys of `build`. */
export const ignoredBuildKeys = {
  isolation: "only Windows containers have it",
  provenance: "an image that Docker loads has none",
  sbom: "an image that Docker loads has none",
} as const satisfies Partial<Record<keyof Build, string>>;

/** The service without what is only warned of, so that it changes nothing. */
export function withoutIgnored({ build, ...service }: Service): Service {
  return {
    ...without(ignoredKeys, service),
    ...(build === undefined ? {} : { build: without(ignoredBuildKeys, build) }),
  };
}

function without<T extends object>(ignored: Readonly<Record<string, string>>, part: T): Partial<T> {
  const entries = Object.entries(part).filter(([key]) => !Object.hasOwn(ignored, key));
  return Object.fromEntries(entries) as Partial<T>;
}
