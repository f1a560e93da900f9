import { linkOf } from "../stack/dependencies.ts";
import { shareNetwork } from "../stack/networks.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Stack } from "../stack/stack.ts";
import { commonNetwork, unreachedBy } from "../stack/unreached.ts";
import type { Found } from "../findings/warning.ts";

/**
 * Services that a service names, or links to, and shares no network with. That a URL is a browser's is for people to say.
 */
export function unsharedNetworks(name: string, service: Service, stack: Stack): Found[] {
  const called = unreachedBy(name, service, stack);
  const told = called.map((entry) => entry.service);
  const linked = linkedTo(service).filter(({ other }) => {
    const definition = own(stack.services, other);
    return definition !== undefined && !told.includes(other) && !shareNetwork(service, definition, stack);
  });
  return [
    ...called
      .filter(({ isCertain }) => !isCertain)
      .map(({ path, message, fix }) => ({ name: "no-shared-network" as const, path, message, fix })),
    ...linked.map(({ path, other }) => ({
      name: "no-shared-network" as const,
      path,
      message: `needs \`${other}\` but shares no network with it`,
      fix: commonNetwork(name, other, stack),
    })),
  ];
}

/** Services that are linked to; those that are waited for are a mistake. */
function linkedTo({ links = [] }: Service): { path: string; other: string }[] {
  return links.map((link, index) => ({ path: `links.${index}`, other: linkOf(link).service }));
}
