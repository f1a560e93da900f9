import type { Service } from "../compose-spec/service.ts";
import { warning, type Finding } from "../findings/finding.ts";

/** Data in a volume without a name goes with its container, which every change of the service makes anew. */
export function anonymousVolumes({ volumes = [] }: Service): Finding[] {
  return volumes.flatMap(({ type, source, target }, index) => {
    // What lies within another mount is there to cover it, as node_modules within mounted sources.
    const covers = volumes.some(
      (other) => other.source !== undefined && target.startsWith(`${other.target}/`),
    );
    if (type !== "volume" || source !== undefined || covers) return [];
    return [
      warning("anonymous-volume", {
        path: `volumes.${index}`,
        message: `${target} is in a volume without a name: a new container starts with a new, empty volume`,
        fix: `name the volume below \`volumes\`, and write name:${target}`,
      }),
    ];
  });
}
