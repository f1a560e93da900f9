import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planOf } from "../../components/plan/plan.ts";
import { options, planned, modelFrom, type Written } from "./builders.ts";

describe("a service of several containers", () => {
  const containers = (service: Written) => planned(service).containers.map(({ name }) => name);

  test("has them numbered, as Compose has", () => {
    assert.deepEqual(containers({ scale: 2 }), ["shop-app-1", "shop-app-2"]);
    assert.deepEqual(containers({ deploy: { replicas: 3 } }), ["shop-app-1", "shop-app-2", "shop-app-3"]);
  });

  test("may have none", () => {
    assert.deepEqual(containers({ scale: 0 }), []);
  });

  test("is no other revision than with more or fewer of them", () => {
    assert.equal(planned({ scale: 2 }).revision, planned({}).revision);
    assert.equal(planned({ deploy: { replicas: 2 } }).revision, planned({ deploy: {} }).revision);
  });
});

describe("networks", () => {
  const joined = (service: Written, networks: Written = {}) => {
    const plan = planOf(modelFrom({ services: { app: { image: "app", ...service } }, networks }), options);
    return [Object.keys(plan.services[0]?.service.networks ?? {}), Object.keys(plan.networks)];
  };

  test("are the default one where a service names none", () => {
    assert.deepEqual(joined({}), [["default"], ["default"]]);
  });

  test("are none where it has a network mode", () => {
    assert.deepEqual(joined({ network_mode: "host" }), [[], []]);
  });

  test("come in the order of their priority, then of their names", () => {
    const networks = { a: null, b: null, c: { priority: 5 } };
    assert.deepEqual(joined({ networks }, { a: null, b: null, c: null })[0], ["c", "a", "b"]);
  });

  test("know a service by the names under which others link to it", () => {
    const services = { app: { image: "app", links: ["db:database"] }, db: { image: "db" } };
    const [db, app] = planOf(modelFrom({ services }), options).services;
    assert.deepEqual(db?.service.networks, { default: { aliases: ["database"] } });
    assert.deepEqual(app?.waitsFor, [{ service: "db", condition: "service_started", restart: true }]);
  });
});

describe("a service that shares another's namespace or volumes", () => {
  for (const [title, service] of Object.entries({
    network: { network_mode: "service:db" },
    "processes' names": { pid: "service:db" },
    memory: { ipc: "service:db" },
    volumes: { volumes_from: ["db:ro"] },
  })) {
    test(`stands behind it, and is made anew with it: ${title}`, () => {
      const plan = planOf(
        modelFrom({ services: { app: { image: "app", ...service }, db: { image: "db" } } }),
        options,
      );
      assert.deepEqual(
        plan.services.map(({ name }) => name),
        ["db", "app"],
      );
      assert.deepEqual(plan.services[1]?.waitsFor, [
        { service: "db", condition: "service_started", restart: true },
      ]);
    });
  }
});

describe("files from configs and secrets", () => {
  const { services } = planOf(
    modelFrom({
      services: {
        app: {
          image: "app",
          secrets: ["mounted", { source: "given", target: "pw", uid: 1000, mode: 0o400 }],
          configs: ["given", { source: "given", target: "/etc/c" }],
        },
      },
      secrets: { mounted: { file: "./token" }, given: { content: "${dbPassword}" } },
      configs: { given: { content: "a" } },
    }),
    options,
  );

  test("are mounts where they are the host's", () => {
    assert.deepEqual(services[0]?.service.volumes, [
      { type: "bind", source: "/checkout/token", target: "/run/secrets/mounted", read_only: true },
    ]);
  });

  test("are contents otherwise, readable by all where nothing is said", () => {
    assert.deepEqual(services[0]?.files, [
      { target: "/given", content: "a", mode: "0444" },
      { target: "/etc/c", content: "a", mode: "0444" },
      { target: "/run/secrets/pw", content: "${dbPassword}", mode: "0400", uid: "1000" },
    ]);
  });
});

test("a service is optional when all that depend on it can do without", () => {
  const optional = (required: boolean) => {
    const on = (needed: boolean) => ({ db: { condition: "service_started", required: needed } });
    const services = {
      db: { image: "db" },
      one: { image: "a", depends_on: on(false) },
      two: { image: "b", depends_on: on(required) },
    };
    return planOf(modelFrom({ services }), options).services.find(({ name }) => name === "db")?.optional;
  };
  assert.equal(optional(false), true);
  assert.equal(optional(true), false);
  assert.equal(planned({}).optional, false);
});
