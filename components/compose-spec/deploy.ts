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
 * How a service is deployed (https://github.com/compose-spec/compose-spec/blob/main/deploy.md). What only a swarm has a use
 * for is warned of where the stack's target is a single engine.
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
  /** Number of CPUs that a node must have left for the container; only a swarm reserves CPUs. */
  cpus: cpuCount.optional(),
  /** Memory that the container should keep when memory is short. */
  memory: byteSize.optional(),
  /** Devices that the container gets, such as GPUs. */
  devices: z.array(deviceRequest).optional(),
  /** Resources that nodes of a swarm say they have. */
  generic_resources: z.unknown().optional(),
});

/** How the containers are exchanged, in an update and when a swarm takes the update back. */
const exchange = {
  /** Whether the new container is ready before the old one stops (`start-first`), or made after it (`stop-first`). */
  order: z.enum(["start-first", "stop-first"]).optional(),
  /** Replicas that are updated at a time; 0 is all of them, the default is 1. */
  parallelism: count.optional(),
  /** Time between two batches; on a single engine an update continues when a container is ready. */
  delay: duration.optional(),
  /** What a swarm does when an update fails: `rollback`, `pause` or `continue`. A single engine stops there. */
  failure_action: text.optional(),
  /** Share of the containers that may fail in a swarm; a single engine stops at the first. */
  max_failure_ratio: z
    .union([z.number(), z.string()])
    .transform(Number)
    .refine((value) => value >= 0 && value <= 1, "write a number from 0 to 1")
    .optional(),
  /** Time that a swarm watches a new container for; a single engine continues when a container is ready. */
  monitor: duration.optional(),
};

const updateConfig = keys(exchange);

const placement = keys({
  /** What a node must be, such as `node.role == manager`; all of them have to hold. */
  constraints: list.optional(),
  /** Over what the containers are spread, such as `spread: node.labels.zone`. */
  preferences: z
    .array(
      keys({
        /** Label of nodes, such as `node.labels.zone`. */
        spread: text,
      }),
    )
    .optional(),
  /** Containers of the service on one node at most. */
  max_replicas_per_node: count.optional(),
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
  /** Time before a swarm starts the container again; a single engine has a value of its own. */
  delay: duration.optional(),
  /** Time in which a swarm counts restarts; a single engine has a value of its own. */
  window: duration.optional(),
});

export const deploy = mapping(
  z.strictObject({
    /** Number of containers; default 1. */
    replicas: replicaCount.optional(),
    /** `replicated`, or in a swarm `global`: one container on each node. */
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
    /** Labels of the service itself, which only a swarm has. */
    labels: labels.optional(),
    /** The nodes of a swarm on which the containers may run. */
    placement: placement.optional(),
    /** How the containers are replaced. */
    update_config: updateConfig.optional(),
    /** How a swarm takes an update back. */
    rollback_config: updateConfig.optional(),
    /** How others find a swarm's service; it is `dnsrr` in any case. */
    endpoint_mode: text.optional(),
  }),
);
