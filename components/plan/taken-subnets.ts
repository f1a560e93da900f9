import { mistake, type Finding } from "../findings/finding.ts";
import type { NetworksInSwarm } from "../model/swarm.ts";
import type { Plan } from "./plan.ts";

/**
 * A mistake for every subnet of a network that is to be made in a swarm, where another network has the addresses. A swarm
 * makes the network all the same, without any address, and nothing can run on the network.
 *
 * @param there The networks that the swarm has.
 */
export function takenSubnets({ networks }: Plan, there: NetworksInSwarm): Finding[] {
  return Object.entries(networks).flatMap(([key, { name, external = false, ipam }]) => {
    if (external || Object.hasOwn(there, name)) return [];
    return (ipam?.config ?? []).flatMap(({ subnet = "" }, index) => {
      const holder = Object.entries(there).find(([, { subnets }]) =>
        subnets.some((other) => overlap(subnet, other)),
      );
      if (holder === undefined) return [];
      const [other, { key: before }] = holder;
      const why = before === key ? ", which is what this network was before, and goes last" : "";
      return [
        mistake("subnet-taken", {
          path: `networks.${key}.ipam.config.${index}.subnet`,
          message: `the subnet ${subnet} is that of network \`${other}\`${why}: a swarm would make a network without addresses`,
          fix: "choose a subnet that overlaps with no other network's",
        }),
      ];
    });
  });
}

/** Whether two subnets of IPv4 have addresses in common. Other subnets are compared as they are written. */
function overlap(one: string, other: string): boolean {
  const [first, second] = [rangeOf(one), rangeOf(other)];
  if (first === undefined || second === undefined) return one === other && one !== "";
  return first.from <= second.to && second.from <= first.to;
}

function rangeOf(subnet: string): { readonly from: number; readonly to: number } | undefined {
  const [, address = "", bits = ""] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(subnet) ?? [];
  if (address === "") return undefined;
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const from = number - (number % size);
  return { from, to: from + size - 1 };
}
