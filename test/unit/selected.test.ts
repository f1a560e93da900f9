import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { partOf } from "../../components/changes/before.ts";
import { profilesOfOthers } from "../../components/checks/profiles.ts";
import { planOf } from "../../components/plan/plan.ts";
import { selected, unknownServices } from "../../components/plan/selected.ts";
import { modelFrom, options } from "./builders.ts";

const plan = planOf(
  modelFrom({
    services: {
      web: {
        image: "web",
        networks: { front: null, back: null },
        volumes: ["pages:/pages"],
        depends_on: {
          api: { condition: "service_started" },
          cache: { condition: "service_started", required: false },
        },
      },
      api: {
        image: "api",
        networks: { back: null },
        links: ["db"],
        depends_on: { migrate: { condition: "service_completed_successfully" } },
      },
      migrate: { image: "api", networks: { back: null } },
      db: { image: "db", networks: { back: null }, volumes: ["data:/data"] },
      cache: { image: "cache" },
      other: { image: "other", networks: { apart: null }, volumes: ["unused:/unused"] },
    },
    networks: { front: {}, back: {}, apart: {} },
    volumes: { pages: {}, data: {}, unused: {} },
  }),
  options,
);

describe("an update of some services", () => {
  test("has them and all that they depend on, with the networks and volumes of those", () => {
    const part = selected(plan, ["web"]);
    assert.deepEqual(part.services.map(({ name }) => name).sort(), ["api", "cache", "db", "migrate", "web"]);
    assert.deepEqual(Object.keys(part.networks).sort(), ["back", "default", "front"]);
    assert.deepEqual(Object.keys(part.volumes).sort(), ["data", "pages"]);
    assert.deepEqual(
      part.leftAlone?.map(({ name }) => name),
      ["other"],
    );
  });

  test("has nothing that only depends on them", () => {
    const part = selected(plan, ["db"]);
    assert.deepEqual(
      part.services.map(({ name }) => name),
      ["db"],
    );
    assert.deepEqual([Object.keys(part.networks), Object.keys(part.volumes)], [["back"], ["data"]]);
  });

  test("keeps the order in which services stand behind each other", () => {
    const names = plan.services.map(({ name }) => name).filter((name) => name !== "other");
    assert.deepEqual(
      selected(plan, ["web", "db"]).services.map(({ name }) => name),
      names,
    );
  });
});

test("a preview of some services compares with these services, and takes nothing else for gone", () => {
  const before = {
    services: { db: { containers: 1 }, other: { containers: 1 } },
    networks: ["back", "apart"],
    volumes: { data: "shop_data", unused: "shop_unused" },
    routes: { other: "/other → other" },
  };
  assert.equal(partOf(before, plan), before);
  assert.deepEqual(partOf(before, selected(plan, ["db"])), {
    ...before,
    services: { db: { containers: 1 } },
    networks: ["back"],
    volumes: { data: "shop_data" },
  });
});

describe("a service that is wanted and not there", () => {
  const file = { file: "compose.yaml", secrets: {}, others: {}, includes: false, variable: () => undefined };
  const others = profilesOfOthers(
    [{ ...file, services: { web: {}, worker: { profiles: ["workers"] }, tool: { profiles: ["tools"] } } }],
    ["web", "tool"],
  );

  test("is a mistake with the nearest name", () => {
    assert.deepEqual(unknownServices(["web", "wep"], ["web", "tool"], others), [
      {
        kind: "mistake",
        name: "unknown-service",
        path: "services.wep",
        message: "there is no service `wep`",
        fix: "did you mean `web`?",
      },
    ]);
  });

  test("is a mistake with its profile", () => {
    assert.deepEqual(others, { worker: ["workers"] });
    const [found] = unknownServices(["worker"], ["web"], others);
    assert.equal(
      found?.message,
      "the service `worker` is of the profile `workers`, which the stack does not have",
    );
    assert.equal(found.fix, "add the profile: --profile workers");
  });
});
