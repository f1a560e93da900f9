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

/**
 * Follows one container's events.
 *
 * @param since Events from this moment of the engine's clock on are told too, so that none is lost between asking
 * for them and their coming.
 */
export async function followEvents(containerId: string, since: Date): Promise<ContainerEvents> {
  const stream = (await engine.getEvents({
    since: Math.floor(since.getTime() / 1000),
    filters: { type: ["container"], container: [containerId] },
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
