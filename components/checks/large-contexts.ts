import { inService, warning, type Finding } from "../findings/finding.ts";

/** Bytes: more takes a while on most connections. */
const large = 100 * 1000 ** 2;

/**
 * Build contexts that are sent to an engine on another machine, where that takes a while.
 *
 * @param sizes Bytes of what a build gets to see, by service.
 */
export function largeContexts(sizes: Readonly<Record<string, number>>): Finding[] {
  return Object.entries(sizes).flatMap(([name, bytes]) =>
    bytes < large
      ? []
      : [
          inService(
            name,
            warning("large-build-context", {
              path: "build.context",
              message: `its build context of ${Math.round(bytes / 1000 ** 2)} MB is sent to the stack's engine, which is on another machine`,
              fix: "name in .dockerignore what the build does not need",
            }),
          ),
        ],
  );
}
