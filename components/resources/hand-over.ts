import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../engine/engine.ts";
import { giveBackAtEnd, keep } from "../engine/guard.ts";
import { giveBack, take, takenBy, type Taken } from "../engine/hand-over.ts";
import { describeHandOvers, type HandOver } from "../plan/hand-over.ts";
import { failure } from "../provider/failure.ts";

/** What a container takes from other containers just before it is made. */
export interface Taking {
  /** Stops and renames the others. */
  readonly take: () => Promise<void>;
  /** The container is ready: nothing is given back any more. */
  readonly keep: () => Promise<void>;
  /**
   * The container cannot become ready: the others get everything back and run again.
   *
   * @returns What was done, a line a thing; empty where nothing was taken.
   */
  readonly giveBack: () => Promise<string>;
}

/**
 * @param handOvers What one container is to have.
 * @param service What the words are shown under.
 */
export function takingOf(handOvers: readonly HandOver[], service: pulumi.Resource): Taking | undefined {
  const [first] = handOvers;
  if (first === undefined || pulumi.runtime.isDryRun()) return undefined;
  let taken: Taken | undefined;
  return {
    take: async () => {
      for (const words of describeHandOvers(handOvers)) await pulumi.log.info(words, service);
      try {
        taken = await takenBy(first.to, handOvers);
        await giveBackAtEnd(taken);
        await take(taken);
      } catch (error) {
        const what = handOvers.map((handOver) => handOver.what).join(", ");
        throw failure(`${what} cannot be taken from ${first.from}: ${messageOf(error)}`, service);
      }
    },
    keep: async () => {
      if (taken !== undefined) await keep(taken);
    },
    giveBack: async () => {
      if (taken === undefined) return "";
      try {
        const given = await giveBack(taken);
        await keep(taken);
        return handOvers
          .filter(({ holder }) => given.includes(holder.id))
          .map(({ what, from }) => `\n${what} is ${from}'s again`)
          .join("");
      } catch (error) {
        return `\n${first.from} cannot be started again: ${messageOf(error)}`;
      }
    },
  };
}
