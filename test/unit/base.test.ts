import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationsOf } from "../../components/changes/annotations.ts";
import { baseOf, madeBetween } from "../../components/changes/base.ts";
import { mistake, warning } from "../../components/findings/finding.ts";
import { planOf } from "../../components/plan/plan.ts";
import { modelFrom, options, type Written } from "./builders.ts";

function plan(services: Written, networks: Written = {}) {
  return planOf(modelFrom({ services, networks }), options);
}

const web = { image: "web:1", networks: ["front"], deploy: { replicas: 2 } };
const db = { image: "db:1", networks: ["back"] };
const follower = {
  image: "x:1",
  networks: ["back"],
  depends_on: { web: { restart: true, condition: "service_started" } },
};
const networks = { front: {}, back: {} };
const base = baseOf(plan({ web, db, follower }, networks), {});

/** Names of what is made, without the project's. */
function madeBy(services: Written, more: Written = networks) {
  const { made, networksMade } = madeBetween(base, plan(services, more));
  return [...made.map((name) => name.slice("shop-".length)), ...networksMade];
}

for (const [title, made, expected] of [
  ["nothing, of the same definitions", madeBy({ web, db, follower }), []],
  [
    "a service with another definition, and what restarts with the service",
    madeBy({ web: { ...web, command: ["x"] }, db, follower }),
    ["web-1", "web-2", "follower-1"],
  ],
  ["a new service", madeBy({ web, db, follower, more: { image: "m:1", networks: ["back"] } }), ["more-1"]],
  ["a further container", madeBy({ web: { ...web, deploy: { replicas: 3 } }, db, follower }), ["web-3"]],
  [
    "a network with another definition, and what is on the network",
    madeBy({ web, db, follower }, { front: {}, back: { internal: true } }),
    ["db-1", "follower-1", "back"],
  ],
] as const) {
  test(`of a base is made: ${title}`, () => {
    assert.deepEqual(made, expected);
  });
}

test("a finding stands beside its line in a pull request, whatever its words are", () => {
  const said = { path: "services.web", message: "100% wrong:\nall", fix: "mend it" };
  const findings = [
    mistake("invalid-value", { ...said, file: "a,b.yaml", line: 3 }),
    warning("missing-directory", { ...said, file: "compose.yaml" }),
    mistake("invalid-value", said),
  ];
  assert.deepEqual(
    annotationsOf(findings, (file) => `shop/${file}`),
    [
      "::error file=shop/a%2Cb.yaml,line=3,title=invalid-value::services.web: 100%25 wrong:%0Aall%0A→ mend it",
      "::warning file=shop/compose.yaml,title=missing-directory::services.web: 100%25 wrong:%0Aall%0A→ mend it",
    ],
  );
});
