import { networkNames, shareNetwork } from "../model/networks.ts";
import { own } from "../compose-spec/own.ts";
import { routeName } from "../compose-spec/route.ts";
import type { Model } from "../model/model.ts";
import { inService, mistake, type Finding } from "../findings/finding.ts";

export function routes(model: Model): Finding[] {
  const names = new Map<string, string>();
  const matches = new Map<string, string>();
  const gateway = model.gateway === undefined ? undefined : own(model.services, model.gateway);
  return Object.entries(model.services).flatMap(([name, service]) => {
    const route = service["x-route"];
    if (route === undefined) return [];
    const found: Finding[] = [];
    const taken = (known: Map<string, string>, key: "name" | "prefix" | "host", value: string) => {
      const other = known.get(value);
      known.set(value, name);
      if (other === undefined) return false;
      const message = `route ${key} \`${value}\` is already used by \`${other}\``;
      const fix = `give one of the routes another ${key}`;
      found.push(mistake("duplicate-route", { path: `x-route.${key}`, message, fix }));
      return true;
    };
    const { host = "", prefix = "" } = route;
    // One prefix is one name as well; that is then one mistake.
    if (!taken(matches, prefix === "" ? "host" : "prefix", host + prefix))
      taken(names, "name", routeName(route));
    if (gateway !== undefined && !shareNetwork(service, gateway, model)) {
      const fix = `put \`${name}\` on a network of the gateway: ${networkNames(gateway, model)}`;
      const message = `\`${name}\` has a route, but shares no network with the gateway`;
      found.push(mistake("route-without-network", { path: "x-route", message, fix }));
    }
    return found.map((finding) => inService(name, finding));
  });
}
