import type { Attachment, Service } from "./service.ts";

/** The network of the services that name none. */
export const defaultNetwork = "default";

/**
 * The networks a service joins, its first one first: that of the highest priority, of equals the one whose name comes
 * first. A service with a network mode joins none, one that says nothing joins the default network.
 */
export function networksOf(service: Service): Readonly<Record<string, Attachment | null>> {
  if (service.network_mode !== undefined) return {};
  const named = Object.entries(service.networks ?? {});
  if (named.length === 0) return { [defaultNetwork]: null };
  const priority = ([, attachment]: (typeof named)[number]) => attachment?.priority ?? 0;
  return Object.fromEntries(
    named.sort((one, other) => priority(other) - priority(one) || (one[0] < other[0] ? -1 : 1)),
  );
}
