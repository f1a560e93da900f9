import { engineDuration, milliseconds } from "../compose-spec/units.ts";
import { hasHealthcheck } from "../compose-spec/healthcheck.ts";
import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/**
 * A start period that ended before the service was healthy, as measured: from then on failed probes count, and on a
 * slower day there are enough of them.
 *
 * @param seconds From the container's start to its first good probe, at the last `up` that started it.
 */
export function startPeriod(service: Service, seconds: number | undefined): Finding[] {
  if (seconds === undefined || !hasHealthcheck(service)) return [];
  const {
    start_period: given = "0s",
    start_interval = "250ms",
    interval = "30s",
  } = service.healthcheck ?? {};
  const period = milliseconds(given);
  // Without a start period the first probe comes after a whole interval, however quick the service is.
  const firstProbe = milliseconds(period === 0 ? interval : start_interval);
  if (seconds * 1000 <= Math.max(period, 1.5 * firstProbe)) return [];
  const told = period === 0 ? "the service sets no start_period" : `start_period is ${given}`;
  // Half as much again, in whole seconds.
  const better = engineDuration(Math.ceil(seconds * 1.5) * 1000);
  return [
    warning("start-period-too-short", {
      path: "healthcheck.start_period",
      message: `the start period is too short: at the last \`up\` the service became healthy after ${seconds} s, and ${told}`,
      fix: `write ${better}: failed probes do not count until then`,
    }),
  ];
}
