import type { Service } from "../compose-spec/service.ts";
import type { Found } from "../findings/warning.ts";

/** Data in a volume without a name goes with its container, which every change of the service makes anew. */
export function anonymousVolumes({ volumes = [] }: Service): Found[] {
  return volumes.flatMap(({ type, source, target }, index) => {
    // What lies within another mount is there to cover it, as node_modules within mounted sources.
    const covers = volumes.some(
      (other) => other.source !== undefined && target.startsWith(`${other.target}/`),
    );
    if (type !== "volume" || source !== undefined || covers) return [];
    return [
      {
        name: "anonymous-volume" as const,
        path: `volumes.${index}`,
        message: `keeps ${target} in a volume without a name, which is new whenever the container is`,
        fix: `name it below \`volumes\`, and write name:${target}`,
      },
    ];
  });
}
