import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { imageHealthcheck, type ImageHealthcheck } from "../engine/images.ts";
import { engineDuration } from "../compose-spec/units.ts";
import type { Image } from "./image.ts";

type Healthcheck = docker.ContainerArgs["healthcheck"];

const durations = ["interval", "timeout", "startPeriod", "startInterval"] as const;

/**
 * A health check with what it leaves out. The engine takes that from the image's own; left out here as well, it would
 * be a difference after every refresh.
 */
export function completed(own: Healthcheck, image: Image): Healthcheck {
  if (own === undefined) return undefined;
  return pulumi.all([own, image.reference, image.id]).apply(async ([check, reference]) => {
    const isSet = (key: (typeof durations)[number] | "retries") =>
      ![undefined, 0, "0s"].includes(check?.[key]);
    if (check === undefined || (check.tests && isSet("retries") && durations.every(isSet))) return check;
    // In a preview, the image may not be there yet, or no engine.
    const images: ImageHealthcheck = (await imageHealthcheck(reference).catch(() => undefined)) ?? {};
    return {
      tests: check.tests ?? images.Test,
      interval: isSet("interval") ? check.interval : duration(images.Interval),
      timeout: isSet("timeout") ? check.timeout : duration(images.Timeout),
      startPeriod: isSet("startPeriod") ? check.startPeriod : duration(images.StartPeriod),
      startInterval: isSet("startInterval") ? check.startInterval : duration(images.StartInterval),
      retries: isSet("retries") ? check.retries : images.Retries,
    };
  });
}

function duration(nanoseconds = 0): string | undefined {
  return nanoseconds === 0 ? undefined : engineDuration(nanoseconds / 1_000_000);
}
