import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytes,
  engineDuration,
  isBytes,
  isDuration,
  mebibytes,
  milliseconds,
} from "../../components/compose-spec/units.ts";

/** Numbers that look random and are the same on every run. */
function* numbers(count: number, below: number): Generator<number> {
  let state = 12345;
  for (let index = 0; index < count; index += 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state % below;
  }
}

const durations: [text: string, ms: number][] = [
  ["0s", 0],
  ["500us", 0.5],
  // How Compose itself prints 500us.
  ["500µs", 0.5],
  ["250ms", 250],
  ["10s", 10_000],
  ["1.5s", 1500],
  ["1m30s", 90_000],
  ["1h5m30s20ms", 3_930_020],
];

for (const [text, ms] of durations) {
  test(`the duration ${text} is ${ms} ms`, () => {
    assert.ok(isDuration(text));
    assert.equal(milliseconds(text), ms);
  });
}

for (const text of ["", "10", "s", "10 s", "-1s", "10S", "1s2", "soon", "10s!"]) {
  test(`\`${text}\` is no duration`, () => {
    assert.equal(isDuration(text), false);
    assert.throws(() => milliseconds(text), RangeError);
  });
}

test("the parts of a duration add up", () => {
  for (const number of numbers(200, 60)) {
    assert.equal(
      milliseconds(`${number}h${number}m${number}s${number}ms`),
      number * 3_600_000 + number * 60_000 + number * 1000 + number,
    );
  }
});

// What Go's time.Duration prints, which is what a refresh reads back.
const printed: [ms: number, text: string][] = [
  [0, "0s"],
  [0.5, "500µs"],
  [1, "1ms"],
  [250, "250ms"],
  [1000, "1s"],
  [1500, "1.5s"],
  [60_000, "1m0s"],
  [90_000, "1m30s"],
  [3_600_000, "1h0m0s"],
  [3_661_001, "1h1m1.001s"],
];

for (const [ms, text] of printed) {
  test(`${ms} ms are sent as the engine prints them: ${text}`, () => {
    assert.equal(engineDuration(ms), text);
  });
}

test("a duration survives being printed and read", () => {
  for (const ms of numbers(1000, 100_000_000)) assert.equal(milliseconds(engineDuration(ms)), ms);
});

const sizes: [value: string | number, count: number][] = [
  [0, 0],
  [1024, 1024],
  ["100", 100],
  ["1b", 1],
  ["2k", 2 * 1024],
  ["2kb", 2 * 1024],
  ["256mb", 256 * 1024 ** 2],
  ["512M", 512 * 1024 ** 2],
  ["512MB", 512 * 1024 ** 2],
  ["1G", 1024 ** 3],
  ["1.5g", 1.5 * 1024 ** 3],
  // How Compose prints 256mb.
  ["268435456", 256 * 1024 ** 2],
];

for (const [value, count] of sizes) {
  test(`the byte size ${value} is ${count} bytes`, () => {
    assert.ok(isBytes(value));
    assert.equal(bytes(value), count);
  });
}

for (const value of ["", "M", "12x", "-1", "1 2", "12 monkeys", -1, 1.5, Number.NaN, Infinity]) {
  test(`\`${value}\` is no byte size`, () => {
    assert.equal(isBytes(value), false);
  });
}

test("each unit of bytes is 1024 of the one below", () => {
  for (const number of numbers(200, 10_000)) {
    assert.equal(bytes(`${number}k`), 1024 * bytes(`${number}b`));
    assert.equal(bytes(`${number}m`), 1024 * bytes(`${number}k`));
    assert.equal(bytes(`${number}g`), 1024 * bytes(`${number}m`));
  }
});

test("mebibytes are never less than the bytes asked for", () => {
  for (const number of numbers(200, 10 ** 9)) {
    assert.ok(mebibytes(number) * 1024 ** 2 >= number);
    assert.ok((mebibytes(number) - 1) * 1024 ** 2 < number || number === 0);
  }
  assert.equal(mebibytes("256mb"), 256);
  assert.equal(mebibytes("1G"), 1024);
});
