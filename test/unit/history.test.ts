import assert from "node:assert/strict";
import { test } from "node:test";
import { numberBefore, presentNumber, withUpdate, type History } from "../../components/changes/history.ts";

const definitions = {
  model: {
    services: {},
    networks: {},
    volumes: {},
    configs: {},
    secretFiles: {},
    tiers: [],
    gateway: undefined,
  },
  ...{ buildHashes: {}, images: {} },
};

/** The history of updates, each of which rolls back to the update of that number, or brings up the program's own. */
function historyOf(...rolls: readonly (number | undefined)[]): History {
  return rolls.reduce<History>(
    (history, rollbackTo) => {
      const update = { at: "2026-11-29T07:04:00Z", by: "Ada", on: "lovelace", said: [] };
      return withUpdate(history, rollbackTo === undefined ? update : { ...update, rollbackTo }, definitions);
    },
    { updates: [], definitions: {} },
  );
}

test("a rollback goes to the update before the one whose definitions run", () => {
  const before = (...rolls: (number | undefined)[]) => numberBefore(historyOf(...rolls).updates);
  assert.equal(before(), undefined);
  assert.equal(before(undefined), undefined);
  assert.equal(before(undefined, undefined, undefined), 2);
  assert.equal(before(undefined, undefined, undefined, 2), 1);
  assert.equal(before(undefined, undefined, 1), undefined);
  assert.equal(before(undefined, undefined, 1, undefined), 2);
  assert.equal(presentNumber(historyOf(undefined, undefined, 1).updates), 1);
});

test("what is too long ago is kept no more, and numbers go on", () => {
  const { updates, definitions: kept } = historyOf(...Array.from({ length: 13 }, () => undefined));
  assert.deepEqual([updates.length, updates[0]?.number, updates.at(-1)?.number], [10, 4, 13]);
  assert.deepEqual(
    Object.keys(kept).map(Number),
    updates.map(({ number }) => number),
  );
});
