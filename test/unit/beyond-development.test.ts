import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { beyondDevelopment } from "../../components/guesses/beyond-development.ts";
import { modelFrom, said, type Written } from "./builders.ts";

const told = (services: Written, name: string) =>
  said(beyondDevelopment(modelFrom({ services })).filter((finding) => finding.name === name));

describe("a service that others wait for until it has started", () => {
  const web = (condition: string) => ({ image: "web", depends_on: { db: { condition } } });

  test("is warned of where it defines no health check", () => {
    const services = { db: { image: "db" }, web: web("service_started"), api: web("service_started") };
    assert.deepEqual(told(services, "unchecked-dependency"), [
      "services.db: web, api may come up before `db` is ready: `db` defines no health check",
    ]);
  });

  test("is none where it has one, or where nobody waits so", () => {
    const checked = { image: "db", healthcheck: { test: ["CMD", "true"] } };
    assert.deepEqual(told({ db: checked, web: web("service_started") }, "unchecked-dependency"), []);
    assert.deepEqual(
      told({ db: { image: "db" }, web: web("service_completed_successfully") }, "unchecked-dependency"),
      [],
    );
  });
});

describe("a mount of the source that a service's image is built from", () => {
  const warned = (mount: string, from: Written = { build: { context: "backend" } }) =>
    told({ web: { ...from, volumes: [mount] } }, "writable-source").length > 0;

  for (const mount of ["./backend:/app", "./backend/src:/app/src", ".:/app", "./backend/x/src/:/app"]) {
    test(`is warned of where the container may write to it: ${mount}`, () => {
      assert.equal(warned(mount), true);
    });
  }
  for (const mount of [
    "./backend/src:/app/src:ro",
    "./backend/storage:/app/storage",
    "./frontend/src:/app/src",
    "/var/run/docker.sock:/var/run/docker.sock",
    "src:/app/src",
  ]) {
    test(`is none: ${mount}`, () => {
      assert.equal(warned(mount), false);
    });
  }

  test("is none of a service that is not built", () => {
    assert.equal(warned("./src:/src", { image: "web" }), false);
  });

  test("is told by its place", () => {
    assert.deepEqual(told({ web: { build: ".", volumes: ["./src:/src"] } }, "writable-source"), [
      "services.web.volumes.0: the container may change its own source, `./src`",
    ]);
  });
});
