import { z } from "zod";
import {
  byteSize,
  count,
  cpuCount,
  duration,
  integer,
  labels,
  list,
  scalar,
  text,
  withoutUnset,
} from "./values.ts";

/**
 * How a service is deployed (https://github.com/compose-spec/compose-spec/blob/main/deploy.md). What only a cluster
 * has a use for is taken, and warned of.
 */

/** `count: all` is every device there is, which the engine counts as -1. */
const deviceCount = z.preprocess((value) => (value === "all" ? -1 : value), integer);

export const deviceRequest = z.strictObject({
  capabilities: list.optional(),
  driver: text.optional(),
  count: deviceCount.optional(),
  device_ids: list.optional(),
  options: labels.optional(),
});

export type DeviceRequest = z.infer<typeof deviceRequest>;

const limits = z.strictObject({
  cpus: cpuCount.optional(),
  memory: byteSize.optional(),
  pids: integer.optional(),
});

const reservations = z.strictObject({
  cpus: cpuCount.optional(),
  memory: byteSize.optional(),
  devices: z.array(deviceRequest).optional(),
  generic_resources: z.unknown().optional(),
});

const updateConfig = z.strictObject({
  /** Whether a new container is up before the old one goes; default: what the service allows (model/update.ts). */
  order: z.enum(["start-first", "stop-first"]).optional(),
  /** Replicas that are updated at a time; 0 is all of them, the default is 1. */
  parallelism: count.optional(),
  delay: duration.optional(),
  failure_action: text.optional(),
  max_failure_ratio: z.unknown().optional(),
  monitor: duration.optional(),
});

const restartPolicy = z.strictObject({
  condition: scalar
    .refine(
      (value) => ["none", "no", "on-failure", "any", "always", "unless-stopped"].includes(value),
      "write none, on-failure, any or unless-stopped",
    )
    .optional(),
  max_attempts: count.optional(),
  delay: duration.optional(),
  window: duration.optional(),
});

export const deploy = z.preprocess(
  withoutUnset([]),
  z.strictObject({
    replicas: count.optional(),
    mode: text.optional(),
    resources: z
      .preprocess(
        withoutUnset([]),
        z.strictObject({ limits: limits.optional(), reservations: reservations.optional() }),
      )
      .optional(),
    restart_policy: restartPolicy.optional(),
    labels: labels.optional(),
    placement: z.unknown().optional(),
    update_config: updateConfig.optional(),
    rollback_config: z.unknown().optional(),
    endpoint_mode: text.optional(),
  }),
);
