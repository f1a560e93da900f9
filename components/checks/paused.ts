import { inService, warning, type Finding } from "../findings/finding.ts";
import type { EngineContainer } from "../model/facts.ts";
import type { Model } from "../model/model.ts";

/** A warning for every container of the stack that somebody has paused. One that is replaced anyway does no harm. */
export function pausedContainers(
  model: Model,
  project: string,
  containers: readonly EngineContainer[],
): Finding[] {
  return containers.flatMap(({ name, state, service = "", ...of }) =>
    state !== "paused" || of.project !== project || !Object.hasOwn(model.services, service)
      ? []
      : [
          inService(
            service,
            warning("paused-container", {
              path: "",
              message: `container \`${name}\` is paused: \`up\` fails, unless it replaces the container`,
              fix: `docker unpause ${name}`,
            }),
          ),
        ],
  );
}
