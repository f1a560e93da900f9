/**
 * Lets containers start, no more of them at a time than the engine's machine can start: what starts all at once on a busy
 * machine makes the health checks of all late, and then none becomes healthy.
 *
 * Each first health check that answers in time lets one more container start beside the others, up to a limit; each that
 * does not halves their number.
 */
export class Starts {
  #room: number;
  readonly #limit: number;
  #starting = 0;
  readonly #queue: { readonly weight: number; readonly letIn: () => void }[] = [];

  /**
   * @param room How many containers may start at a time at first.
   * @param limit How many may at most; Pulumi makes no more than some at a time, whose first health checks are awaited
   * beside them.
   */
  constructor(room: number, limit = Infinity) {
    this.#room = Math.min(room, limit);
    this.#limit = limit;
  }

  /**
   * Waits until a container may start.
   *
   * @param weight How many others wait for the container: the heavier goes first.
   */
  async turn(weight: number): Promise<Turn> {
    await new Promise<void>((letIn) => {
      this.#queue.push({ weight, letIn });
      this.#letIn();
    });
    let isOver = false;
    return {
      end: (inTime) => {
        if (isOver) return;
        isOver = true;
        this.#starting -= 1;
        if (inTime === true) this.#room = Math.min(this.#room + 1, this.#limit);
        if (inTime === false) this.#room = Math.max(Math.floor(this.#room / 2), 1);
        this.#letIn();
      },
    };
  }

  #letIn(): void {
    this.#queue.sort((one, other) => other.weight - one.weight);
    while (this.#starting < this.#room) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#starting += 1;
      next.letIn();
    }
  }
}

/** A container's turn to start. */
export interface Turn {
  /**
   * Ends the turn; a second call does nothing.
   *
   * @param inTime Whether the container's first health check answered in time; `undefined` where there was none.
   */
  readonly end: (inTime?: boolean) => void;
}
