import * as pulumi from "@pulumi/pulumi";
import { inspectContainer } from "./engine/inventory.ts";
import type { Finding } from "./findings/finding.ts";
import { keptLogin, loginFolder } from "./guesses/kept-login.ts";
import type { EngineFacts } from "./model/facts.ts";
import type { Plan } from "./plan/plan.ts";
import { filledIn, type Secrets } from "./provider/secrets.ts";

/**
 * Finds the databases whose login changes while their data is kept. What a login was, only the engine knows, by the
 * container that is there; what a secret is, the program learns later than it plans. So these are found while an update or
 * a preview goes on.
 *
 * @param tell Called with what is found, once for each database.
 */
export function findKeptLogins(
  plan: Plan,
  { containers }: EngineFacts,
  secrets: Secrets,
  tell: (found: readonly Finding[]) => void,
): void {
  for (const { name, service } of plan.services) {
    const folder = loginFolder(service);
    const present = containers.find(
      (container) => container.project === plan.project && container.service === name,
    );
    if (folder === undefined || present === undefined) continue;
    const { environment = {} } = service;
    pulumi.output(filledIn(environment, secrets)).apply(async (after) => {
      // A container that is gone meanwhile, or an engine that does not answer, tells nothing.
      const container = await inspectContainer(present.id).catch(() => undefined);
      const mount = container?.Mounts.find(({ Destination: target }) => target === folder.target);
      if (container === undefined || ![mount?.Name, mount?.Source].includes(folder.source)) return;
      tell(keptLogin(name, folder, variablesIn(container.Config.Env), after));
    });
  }
}

/** `NAME=value` in a list, as an object. */
function variablesIn(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name = "", value = ""] = entry.split(/=(.*)/s);
      return [name, value];
    }),
  );
}
