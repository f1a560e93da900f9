import type { Service } from "./service.ts";

/** An engine does so for the network a container is made on; the provider makes it on another and connects it then. */
export const hardwareAddress =
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
