import { sharedWith } from "../model/dependencies.ts";
import { own } from "../compose-spec/own.ts";
import { suggestion } from "../findings/nearest.ts";
import { defaultNetwork, networksJoinedBy } from "../model/networks.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";

export function networks(service: Service, model: Model): Finding[] {
  return Object.keys(networksJoinedBy(service)).flatMap((network) => {
    const path = `networks.${network}`;
    const declared = own(model.networks, network);
    if (declared === undefined && network !== defaultNetwork) {
      const message = `network \`${network}\` is not declared`;
      return [
        mistake("not-declared", { path, message, fix: suggestion(network, Object.keys(model.networks)) }),
      ];
    }
    const { external = false, name = network } = declared ?? {};
    return external && modes.includes(name) ? [ofEveryEngine(name, path)] : [];
  });
}

/** Networks that every engine has. Containers on them have no names there, and the engine refuses to give names. */
const modes = ["bridge", "host", "none"];

function ofEveryEngine(name: string, path: string): Finding {
  return mistake("network-mode-conflict", {
    path,
    message: `Docker's own network \`${name}\` knows no service by its name, and refuses a service of Compose`,
    fix: `write network_mode: ${name} in place of the network`,
  });
}

/** What the engine refuses a container that is on no network of its own. */
export function networkMode(service: Service): Finding[] {
  const { network_mode: mode, networks = {} } = service;
  if (mode === undefined) return [];
  const other = sharedWith(mode) ?? /^container:(.+)$/.exec(mode)?.[1];
  const refused =
    other === undefined
      ? (["mac_address"] as const)
      : (["ports", "hostname", "dns", "extra_hosts", "mac_address"] as const);
  return [
    ...(Object.keys(networks).length === 0
      ? []
      : [
          mistake("network-mode-conflict", {
            path: "network_mode",
            message: "a service has either network_mode or networks, not both",
            fix: "remove network_mode or networks",
          }),
        ]),
    ...refused
      .filter((key) => service[key] !== undefined)
      .map((key) =>
        mistake("network-mode-conflict", {
          path: key,
          message: `${key} cannot be set with network_mode ${mode}`,
          fix: other === undefined ? "remove the key" : `set it on ${other}, which owns the network`,
        }),
      ),
  ];
}
