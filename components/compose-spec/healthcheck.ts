import type { Service } from "./service.ts";

/**
 * A health check that the engine runs, as opposed to none or one that is disabled. One that has no test of its own
 * changes the times of its image's.
 */
export function hasHealthcheck({ healthcheck: check }: Service): boolean {
  return (
    check !== undefined && check.disable !== true && ["CMD", "CMD-SHELL"].includes(check.test?.[0] ?? "CMD")
  );
}

/**
 * Whether only the image tells if the engine runs a health check: the service neither has a test of its own nor switches
 * its image's off.
 */
export function leavesHealthcheckToImage({ healthcheck: check }: Service): boolean {
  return check?.disable !== true && check?.test === undefined;
}
