import { engine } from "./engine.ts";

/** What happens to one container, as the engine tells it. */
export interface ContainerEvents {
  /**
   * Resolves at the next event; events that came since the last call count.
   *
   * @param within Milliseconds after which it resolves without one.
   */
  next(within: number): Promise<void>;
  stop(): void;
}

/** What changes a container's state. A health check is three more events each time, whatever comes of it. */
const changes = ["create", "start", "restart", "die", "oom", "stop", "destroy", "pause", "unpause"];

/**
 * Follows one container's events: those that change its state, its health among that.
 *
 * @param since Events from this moment of the engine's clock on are told too, so that none is lost between asking
 * for them and their coming.
 * @param eachProbe Whether also a health check that changes nothing is an event.
 */
export async function followEvents(
  containerId: string,
  since: Date,
  eachProbe: boolean,
): Promise<ContainerEvents> {
  const event = [...changes, "health_status", ...(eachProbe ? ["exec_create", "exec_die"] : [])];
  const stream = (await engine.getEvents({
    since: Math.floor(since.getTime() / 1000),
    filters: { type: ["container"], container: [containerId], event },
    // An answer's stream can be closed from here, which its type does not say.
  })) as NodeJS.ReadableStream & { destroy(): void };
  let pending = false;
  let over = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    pending = true;
    wake?.();
  };
  stream.on("data", notify);
  // A stream that ends, as a proxy or an engine's restart may make it, ends the waiting for it: whoever waits then
  // looks at the container now and then.
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
          const timer = setTimeout(resolve, over ? Math.min(within, 1000) : within);
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
