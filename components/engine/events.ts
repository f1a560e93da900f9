import type { GetEventsOptions } from "dockerode";
import { engine } from "./engine.ts";

/** Of which containers events are meant, as the engine's filters have it. */
export type Followed = { readonly container: [id: string] } | { readonly label: [label: string] };

/** Events that an engine sends. */
export interface EngineEvents {
  /**
   * Resolves at the next event. Events since the last call count.
   *
   * @param within Milliseconds after which the promise resolves without an event.
   */
  next(within: number): Promise<void>;
  stop(): void;
}

/** Node.js takes a longer time for none. Whoever waits longer looks in between. */
const longestTimer = 2 ** 31 - 1;

/** The events that change a container's state. Each health check sends three more events, whatever its result. */
const changes = ["create", "start", "restart", "die", "oom", "stop", "destroy", "pause", "unpause"];

/**
 * Follows the events of containers that change their state or their health.
 *
 * @param since The first moment, on the engine's clock. The engine remembers its last 256 events, of all containers together.
 *   A caller that must miss no change looks once after this call.
 * @param eachProbe Whether a health check that changes nothing is an event too.
 */
export async function followEvents(
  followed: Followed,
  since: Date,
  eachProbe: boolean,
): Promise<EngineEvents> {
  const event = [...changes, "health_status", ...(eachProbe ? ["exec_create", "exec_die"] : [])];
  return eventsOf(since, { type: ["container"], ...followed, event });
}

/**
 * Follows the events of the services and the nodes of a swarm: of all projects, since these events have no labels. A manager
 * sends no event of a task.
 *
 * @param since The first moment, on the manager's clock; of events in the past, see {@link followEvents}.
 */
export async function followSwarmEvents(since: Date): Promise<EngineEvents> {
  return eventsOf(since, { type: ["service", "node"], scope: ["swarm"] });
}

async function eventsOf(since: Date, filters: GetEventsOptions["filters"]): Promise<EngineEvents> {
  const stream = (await engine.getEvents({
    since: Math.floor(since.getTime() / 1000),
    filters,
    // The stream has a method `destroy`, which its type does not mention.
  })) as NodeJS.ReadableStream & { destroy(): void };
  let pending = false;
  let over = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    pending = true;
    wake?.();
  };
  stream.on("data", notify);
  // A proxy, or a restart of the engine, can end the stream. The caller then looks at the container from time to time.
  for (const end of ["end", "close", "error"]) {
    stream.on(end, () => {
      over = true;
      notify();
    });
  }
  return {
    async next(within) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(within, over ? 1000 : longestTimer));
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      pending = false;
    },
    stop: () => {
      stream.destroy();
    },
  };
}
