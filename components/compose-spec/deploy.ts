import { z } from "zod";
import { orShort } from "./short-form.ts";
import {
  byteSize,
  count,
  cpuCount,
  duration,
  integer,
  keys,
  labels,
  list,
  scalar,
  text,
  mapping,
  replicaCount,
} from "./values.ts";

/**
 * How a service is deployed (https://github.com/compose-spec/compose-spec/blob/main/deploy.md). What only a cluster
 * has a use for is taken, and warned of.
 */

/** `count: all` is every device there is, which the engine counts as -1. */
const deviceCount = orShort(integer, z.literal("all"), (value) => (value === "all" ? -1 : value));

export const deviceRequest = keys({
  /** Capabilities that the device must have, such as `gpu`. */
  capabilities: list.optional(),
  /** Driver of the device, such as `nvidia`. */
  driver: text.optional(),
  /** Number of devices; `all` is every device. */
  count: deviceCount.optional(),
  /** The devices themselves, in place of a number. */
  device_ids: list.optional(),
  /** Options of the driver. */
  options: labels.optional(),
});

export type DeviceRequest = z.infer<typeof deviceRequest>;

const limits = keys({
  /** Number of CPUs that each container may use, such as `0.5`. */
  cpus: cpuCount.optional(),
  /** Memory that each container may use, such as `512M`. */
  memory: byteSize.optional(),
  /** Number of processes of each container at most. */
  pids: integer.optional(),
});

const reservations = keys({
  /** Has no effect: only a cluster reserves CPUs. */
  cpus: cpuCount.optional(),
  /** Memory that the container should keep when memory is short. */
  memory: byteSize.optional(),
  /** Devices that the container gets, such as GPUs. */
  devices: z.array(deviceRequest).optional(),
  /** Has no effect: only a cluster has such resources. */
  generic_resources: z.unknown().optional(),
});

const updateConfig = keys({
  /** Whether the new container is ready before the old one stops (`start-first`), or made after it (`stop-first`). */
  order: z.enum(["start-first", "stop-first"]).optional(),
  /** Replicas that are updated at a time; 0 is all of them, the default is 1. */
  parallelism: count.optional(),
  /** Has no effect: an update continues when a container is ready. */
  delay: duration.optional(),
  /** Has no effect: an update stops at the first container that does not become ready. */
  failure_action: text.optional(),
  /** Has no effect: an update stops at the first container that does not become ready. */
  max_failure_ratio: z.unknown().optional(),
  /** Has no effect: an update continues when a container is ready. */
  monitor: duration.optional(),
});

const restartPolicy = keys({
  /** When Docker starts the container again: `none`, `on-failure`, `any` or `unless-stopped`. */
  condition: scalar
    .refine(
      (value) => ["none", "no", "on-failure", "any", "always", "unless-stopped"].includes(value),
      "write none, on-failure, any or unless-stopped",
    )
    .optional(),
  /** How often Docker starts the container again. */
  max_attempts: count.optional(),
  /** Has no effect: Docker has its own values. */
  delay: duration.optional(),
  /** Has no effect: Docker has its own values. */
  window: duration.optional(),
});

export const deploy = mapping(
  z.strictObject({
    /** Number of containers; default 1. */
    replicas: replicaCount.optional(),
    /** Only `replicated` has an effect: the other modes are for a cluster. */
    mode: text.optional(),
    /** Limits and reservations of each container. */
    resources: mapping(
      z.strictObject({
        /** What each container may use at most. */
        limits: limits.optional(),
        /** What each container should keep. */
        reservations: reservations.optional(),
      }),
    ).optional(),
    /** When Docker starts the container again. */
    restart_policy: restartPolicy.optional(),
    /** Has no effect: only a cluster labels services. */
    labels: labels.optional(),
    /** Has no effect: only a cluster has several machines. */
    placement: z.unknown().optional(),
    /** How the containers are replaced. */
    update_config: updateConfig.optional(),
    /** Has no effect: only a cluster rolls back. */
    rollback_config: z.unknown().optional(),
    /** Has no effect: only a cluster has it. */
    endpoint_mode: text.optional(),
  }),
);
