import assert from "node:assert/strict";
import { test } from "node:test";
import { startOrder } from "../../components/model/graph.ts";
import { modelFrom } from "./builders.ts";

/** The start order of services that depend on each other as given. */
function orderOf(edges: Readonly<Record<string, readonly string[]>>): ReturnType<typeof startOrder> {
  const services = Object.entries(edges).map(([name, needs]) => [name, { image: "x", depends_on: needs }]);
  return startOrder(modelFrom({ services: Object.fromEntries(services) as object }).services);
}

test("a service starts after all it depends on, directly or not", () => {
  const edges = {
    traefik: ["architect"],
    architect: ["postgres", "migrations"],
    migrations: ["postgres"],
    postgres: [],
  };
  assert.deepEqual(orderOf(edges), { order: ["postgres", "migrations", "architect", "traefik"], cycles: [] });
});

test("services that do not depend on each other keep the order they were defined in", () => {
  assert.deepEqual(orderOf({ c: [], a: [], b: [] }), { order: ["c", "a", "b"], cycles: [] });
});

test("a service that several depend on starts once", () => {
  assert.deepEqual(orderOf({ top: ["left", "right"], left: ["base"], right: ["base"], base: [] }), {
    order: ["base", "left", "right", "top"],
    cycles: [],
  });
});

test("a cycle is told from its first member round to it again, without what merely leads into it", () => {
  assert.deepEqual(orderOf({ outside: ["a"], a: ["b"], b: ["c"], c: ["a"] }).cycles, [["a", "b", "c", "a"]]);
});

test("a service that depends on itself is a cycle", () => {
  assert.deepEqual(orderOf({ a: ["a"] }).cycles, [["a", "a"]]);
});

test("a dependency that no service has is left out of the order", () => {
  assert.deepEqual(orderOf({ a: ["ghost"] }), { order: ["a"], cycles: [] });
});

test("a stack without services has an empty order", () => {
  assert.deepEqual(orderOf({}), { order: [], cycles: [] });
});

test("a thousand services in a row are ordered", () => {
  const names = Array.from({ length: 1000 }, (_, index) => `s${index}`);
  const edges = Object.fromEntries(names.map((name, index) => [name, names.slice(index + 1, index + 2)]));
  assert.deepEqual(orderOf(edges), { order: names.toReversed(), cycles: [] });
});
