import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { recordOf } from "../../components/changes/before.ts";
import { planOf } from "../../components/plan/plan.ts";
import { startInterval } from "../../components/plan/start-interval.ts";
import type { EngineContainer } from "../../components/model/facts.ts";
import { modelFrom, options, type Written } from "./builders.ts";

const check = { test: ["CMD", "true"], interval: "10s", start_period: "5s" };

function services(count: number, more: Written = {}): Record<string, Written> {
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  return Object.fromEntries(names.map((name) => [name, { image: "app:1", healthcheck: check, ...more }]));
}

/** Start intervals of a stack, by service. */
function intervals(written: Record<string, Written>, processors: number | undefined) {
  const { services: plans } = planOf(modelFrom({ services: written }), { ...options, processors });
  return Object.fromEntries(
    plans.map(({ name, service }) => [name, service.healthcheck?.start_interval] as const),
  );
}

describe("the start interval that a plan chooses", () => {
  test("is 250 ms in a small stack, and where nobody knows the machine", () => {
    assert.equal(intervals(services(4), 2).s0, "250ms");
    assert.equal(intervals(services(50), undefined).s0, "250ms");
  });

  test("grows with what starts together, and with fewer processors", () => {
    assert.equal(intervals(services(6), 2).s0, "750ms");
    // Pulumi makes eight at a time on two processors.
    assert.equal(intervals(services(200), 2).s0, "1000ms");
    assert.equal(intervals(services(20), 16).s0, "250ms");
    assert.equal(intervals({ s0: { image: "a:1", healthcheck: check, scale: 6 } }, 2).s0, "750ms");
  });

  test("takes services that wait for each other for fewer", () => {
    const first = services(4);
    const behind = Object.keys(first);
    const second = Object.fromEntries(
      Object.entries(services(8, { depends_on: behind }))
        .slice(4)
        .map(([name, service]) => [name, service]),
    );
    assert.equal(intervals({ ...first, ...second }, 2).s7, "250ms");
  });

  test("is never longer than the check's own interval, and never replaces a written one", () => {
    assert.equal(startInterval({ interval: "600ms" }, 50, 2), "600ms");
    assert.equal(startInterval({ interval: "100ms" }, 50, 2), "100ms");
    const own = { ...services(20), s0: { image: "app:1", healthcheck: { ...check, start_interval: "2s" } } };
    assert.equal(intervals(own, 2).s0, "2s");
    const none = { ...services(20), s0: { image: "app:1", healthcheck: { test: ["CMD", "true"] } } };
    assert.equal(intervals(none, 2).s0, undefined);
  });

  test("changes no revision, and nothing that a preview tells", () => {
    const record = (processors: number) => {
      const [plan] = planOf(modelFrom({ services: services(20) }), { ...options, processors }).services;
      return plan && recordOf(plan);
    };
    assert.deepEqual(record(64), record(1));
    const revisions = (count: number, processors: number) =>
      planOf(modelFrom({ services: services(count) }), { ...options, processors }).services[0]?.revision;
    assert.equal(revisions(1, 64), revisions(200, 1));
  });
});

test("a service stands where the engine has a container of its revision, or does not answer", () => {
  const plan = (onEngine?: readonly EngineContainer[]) =>
    planOf(modelFrom({ services: services(1) }), { ...options, onEngine }).services[0];
  const revision = plan()?.labels["com.docker.compose.config-hash"] ?? "";
  const container = { id: "x", name: "shop-s0-1", project: "shop", service: "s0", state: "exited" };
  const facts: EngineContainer = { ...container, revision, ports: [], mounts: [] };
  assert.equal(plan()?.stands, true);
  assert.equal(plan([])?.stands, false);
  assert.equal(plan([facts])?.stands, true);
  assert.equal(plan([{ ...facts, revision: "another" }])?.stands, false);
  assert.equal(plan([{ ...facts, project: "other" }])?.stands, false);
});
