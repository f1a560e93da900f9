import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../engine/engine.ts";
import { setLimits, type FurtherLimits } from "../engine/limits.ts";
import { NotReady, waitUntilReady } from "../engine/readiness.ts";
import { noteStart } from "../local/start-times.ts";
import { withoutSecrets } from "../model/masking.ts";
import { projectLabel } from "../plan/package-names.ts";
import type { ServicePlan } from "../plan/plan.ts";
import { failure } from "../provider/failure.ts";
import type { Secrets } from "../provider/secrets.ts";

// Pulumi reports a gate that fails. Node.js would also warn that others learn of the failure later.
process.on("rejectionHandled", () => undefined);

/**
 * The container once it is ready, which is when its gate opens. Every `up` looks at the gate, also where the container did
 * not change; a preview does not.
 *
 * @param secrets What the container's log may hold, and no message may.
 * @throws ResourceError when the container cannot become ready and another service requires it.
 */
export function openGate(
  container: docker.Container,
  plan: ServicePlan,
  secrets: Secrets,
): pulumi.Output<docker.Container> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(container);
  const opened = pulumi
    .all([container.id, container.name, ...Object.values(secrets)])
    .apply(async ([id = "", name = "", ...hidden]) => {
      const called = plan.containers.length === 1 ? plan.name : name;
      try {
        await setLimits(id, furtherLimits(plan));
        const seconds = await waitUntilReady(id, called, plan.gate, (detail) => {
          void pulumi.log.info(`waits for ${called} ${detail}`, container, undefined, true);
        });
        noteStart(plan.labels[projectLabel] ?? "", plan.name, seconds);
      } catch (error) {
        const said = error instanceof NotReady ? error.message : `${called}: ${messageOf(error)}`;
        const message = withoutSecrets(said, hidden);
        if (!plan.optional) throw failure(message, container);
        await pulumi.log.warn(`${message}\nNo service requires ${plan.name}: the others go on.`, container);
      }
      return container;
    });
  // The secrets were needed only to mask them.
  return pulumi.unsecret(opened);
}

/** Limits that the provider has no argument for; the engine sets them on the running container. */
function furtherLimits({ service }: ServicePlan): FurtherLimits {
  const pids = service.deploy?.resources?.limits?.pids ?? service.pids_limit;
  const blkioWeight = service.blkio_config?.weight;
  return { ...(pids === undefined ? {} : { pids }), ...(blkioWeight === undefined ? {} : { blkioWeight }) };
}
