import { own } from "../compose-spec/own.ts";
import type { Before } from "./before.ts";

/**
 * What befell the services of a swarm outside of Pulumi, in words by service: those that `up`, which looks at every service
 * of a swarm, puts right.
 *
 * @param wanted How many containers the swarm has been told to run, by service; `undefined` for one on each node.
 * @param changed The services that somebody has changed by hand.
 */
export function driftInSwarm(
  { services }: Before,
  wanted: Readonly<Record<string, number | undefined>>,
  changed: readonly string[],
): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(services).flatMap(([name, { containers }]): [string, readonly string[]][] => {
      if (!Object.hasOwn(wanted, name))
        return [[name, ["is gone from the swarm: `up` mends that, the service is made again"]]];
      const now = own(wanted, name);
      const befell = [
        ...(now === undefined || now === containers
          ? []
          : [`was scaled ${containers} → ${now}: \`up\` mends that, the service is scaled back`]),
        ...(changed.includes(name)
          ? ["was changed since the last up: `up` mends that, the service is changed back"]
          : []),
      ];
      return befell.length === 0 ? [] : [[name, befell]];
    }),
  );
}
