import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../engine/engine.ts";
import { giveBackAtEnd, keep } from "../engine/guard.ts";
import { giveBack, stopHolders, takenBy, takeNames, type Taken } from "../engine/hand-over.ts";
import { describeHandOvers, type HandOver } from "../plan/hand-over.ts";
import { failure } from "../provider/failure.ts";

/** What a container takes from other containers before it starts. */
export interface Taking {
  /** Renames the others, which the container needs to be made. They run on. */
  readonly takeNames: () => Promise<void>;
  /** Stops the others, just before the container starts: from here to the start nobody answers. */
  readonly stopOthers: () => Promise<void>;
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
  const notTaken = (error: unknown) => {
    const what = handOvers.map((handOver) => handOver.what).join(", ");
    return failure(`${what} cannot be taken from ${first.from}: ${messageOf(error)}`, service);
  };
  return {
    takeNames: async () => {
      for (const words of describeHandOvers(handOvers)) await pulumi.log.info(words, service);
      try {
        taken = await takenBy(first.to, handOvers);
        await giveBackAtEnd(taken);
        await takeNames(taken);
      } catch (error) {
        throw notTaken(error);
      }
    },
    stopOthers: async () => {
      if (taken !== undefined) await stopHolders(taken);
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
