import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Starts, type Turn } from "../../components/resources/starts.ts";

/** Everything that can go on without another event has gone on. */
const settled = () => new Promise(setImmediate);

/** Containers that wait for their turn, by name, and those that have it. */
class Line {
  readonly turns = new Map<string, Turn>();
  readonly #starts: Starts;

  constructor(starts: Starts) {
    this.#starts = starts;
  }

  async joins(name: string, weight = 0): Promise<void> {
    void this.#starts.turn(weight).then((turn) => this.turns.set(name, turn));
    await settled();
  }

  get started(): string[] {
    return [...this.turns.keys()];
  }

  async ends(name: string, inTime?: boolean): Promise<void> {
    this.turns.get(name)?.end(inTime);
    await settled();
  }
}

async function lineOf(names: string, starts: Starts): Promise<Line> {
  const line = new Line(starts);
  for (const name of names) await line.joins(name);
  return line;
}

describe("containers start", () => {
  test("no more at a time than there is room for", async () => {
    const line = await lineOf("abcd", new Starts(2, 8));
    assert.deepEqual(line.started, ["a", "b"]);
    await line.ends("a");
    assert.deepEqual(line.started, ["a", "b", "c"]);
    // A turn ends once.
    await line.ends("a");
    assert.deepEqual(line.started, ["a", "b", "c"]);
  });

  test("one more for each health check that answers in time, up to the limit", async () => {
    const line = await lineOf("abcdefgh", new Starts(2, 3));
    await line.ends("a", true);
    assert.equal(line.started.length, 4);
    await line.ends("b", true);
    await line.ends("c", true);
    // Three have ended, and three start.
    assert.equal(line.started.length, 6);
  });

  test("half as many after a health check that does not, and always one", async () => {
    const line = await lineOf("abcdefgh", new Starts(4, 8));
    await line.ends("a", false);
    assert.equal(line.started.length, 4);
    await line.ends("b", false);
    await line.ends("c", false);
    assert.equal(line.started.length, 4);
    await line.ends("d", false);
    assert.equal(line.started.length, 5);
  });

  test("first that for which most others wait", async () => {
    const line = await lineOf("a", new Starts(1, 1));
    await line.joins("leaf", 0);
    await line.joins("database", 7);
    await line.joins("queue", 3);
    await line.ends("a");
    await line.ends("database");
    await line.ends("queue");
    assert.deepEqual(line.started, ["a", "database", "queue", "leaf"]);
  });

  test("all, however their health checks end", async () => {
    const ends = fc.array(fc.constantFrom(true, false, undefined), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(ends, fc.integer({ min: 1, max: 9 }), async (inTime, limit) => {
        const starts = new Starts(4, limit);
        let now = 0;
        let most = 0;
        await Promise.all(
          inTime.map(async (answer, index) => {
            const turn = await starts.turn(index % 3);
            most = Math.max(most, (now += 1));
            await Promise.resolve();
            now -= 1;
            turn.end(answer);
          }),
        );
        assert.ok(most <= limit);
      }),
    );
  });
});
