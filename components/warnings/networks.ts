import { linkOf } from "../model/dependencies.ts";
import { shareNetwork } from "../model/networks.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { commonNetwork, unreachedBy } from "../model/unreached.ts";
import type { Found } from "../findings/warning.ts";

/**
 * Services that a service names, or links to, and shares no network with. That a URL is a browser's is for people to say.
 */
export function unsharedNetworks(name: string, service: Service, model: Model): Found[] {
  const called = unreachedBy(name, service, model);
  const told = called.map((entry) => entry.service);
  const linked = linkedTo(service).filter(({ other }) => {
    const definition = own(model.services, other);
    return definition !== undefined && !told.includes(other) && !shareNetwork(service, definition, model);
  });
  return [
    ...called
      .filter(({ isCertain }) => !isCertain)
      .map(({ path, message, fix }) => ({ name: "no-shared-network" as const, path, message, fix })),
    ...linked.map(({ path, other }) => ({
      name: "no-shared-network" as const,
      path,
      message: `needs \`${other}\` but shares no network with it`,
      fix: commonNetwork(name, other, model),
    })),
  ];
}

/** Services that are linked to; those that are waited for are a mistake. */
function linkedTo({ links = [] }: Service): { path: string; other: string }[] {
  return links.map((link, index) => ({ path: `links.${index}`, other: linkOf(link).service }));
}
