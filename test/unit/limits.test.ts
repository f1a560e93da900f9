import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { check } from "../../components/checks/index.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { isImageReference } from "../../components/compose-spec/image-reference.ts";
import { parse } from "../../components/compose-spec/parse.ts";
import { isMistake } from "../../components/findings/finding.ts";
import { settings } from "../../systems/super-agent-team/settings.ts";
import { modelFrom, type Written } from "./builders.ts";

/** Where a stack of this one service has mistakes. */
function mistakenKeys(service: Written): string[] {
  const model = modelFrom({ services: { app: { image: "app", ...service } } });
  return check(model, () => true)
    .filter(isMistake)
    .map(({ path }) => path.replace("services.app.", ""));
}

describe("the name of an image", () => {
  for (const name of [
    "redis",
    "redis:7-alpine",
    "library/redis@sha256:" + "a".repeat(64),
    "localhost/app",
    "localhost:5000/team/app__x:V1.2_3-rc",
    "127.0.0.1:5000/app",
    "[::1]:5000/app",
    "Registry/app",
    "ghcr.io/owner/a-b---c.d:latest@sha256:" + "0".repeat(64),
    "a".repeat(64),
  ]) {
    test(`can be ${name.slice(0, 50)}`, () => {
      assert.ok(isImageReference(name));
      assert.deepEqual(mistakenKeys({ image: name }), []);
    });
  }

  for (const name of [
    "",
    " ",
    "Redis",
    "redis:",
    "redis:a b",
    "redis:7:8",
    "redis@sha256:12",
    "https://ghcr.io/app",
    "app/Web",
    "-app",
    "app-",
    "a..b",
    "a//b",
    "/app",
    "app/",
    "app:" + "t".repeat(129),
    "app:${TAG}",
    "x".repeat(256),
    "redis\n",
  ]) {
    test(`cannot be ${JSON.stringify(name.slice(0, 30))}`, () => {
      assert.deepEqual(mistakenKeys({ image: name }), ["image"]);
    });
  }

  test("cannot be a tag of a build either", () => {
    assert.deepEqual(mistakenKeys({ build: { context: ".", tags: ["app:1", "App:1"] } }), ["build.tags.1"]);
  });
});

describe("a text that no process can be given", () => {
  for (const [key, service] of Object.entries({
    "environment.A": { environment: { A: "a\0b" } },
    "command.1": { command: ["sh", "\0"] },
    "healthcheck.test.1": { healthcheck: { test: ["CMD", "a\0"] } },
    "environment.B": { environment: { B: "\ud800" } },
    "volumes.0.target": { volumes: [{ type: "tmpfs", target: "/a\0" }] },
    environment: { environment: { "": "a" } },
  })) {
    test(`is a mistake at ${key}`, () => {
      assert.deepEqual(mistakenKeys(service), [key]);
    });
  }

  test("is none that merely looks strange", () => {
    assert.deepEqual(mistakenKeys({ environment: { A: "é\n\u0001😀", B: "" }, labels: { a: "" } }), []);
  });
});

describe("a limit that the engine refuses", () => {
  for (const [key, service] of Object.entries({
    "deploy.resources.limits.memory": { deploy: { resources: { limits: { memory: "5M" } } } },
    mem_limit: { mem_limit: 1 },
    mem_reservation: { mem_limit: "1g", mem_reservation: "2g" },
    "deploy.resources.reservations.memory": {
      mem_limit: "64M",
      deploy: { resources: { reservations: { memory: "1g" } } },
    },
    memswap_limit: { memswap_limit: "1g" },
    cpu_period: { cpu_period: 999 },
    cpu_quota: { cpu_quota: 10 },
    "blkio_config.weight": { blkio_config: { weight: 5 } },
    "healthcheck.interval": { healthcheck: { test: "true", interval: "1us" } },
  })) {
    test(`is a mistake at ${key}`, () => {
      assert.deepEqual(mistakenKeys(service), [key]);
    });
  }

  test("is a limit of memory and swap below the one of memory", () => {
    assert.deepEqual(mistakenKeys({ mem_limit: "2g", memswap_limit: "1g" }), ["memswap_limit"]);
    assert.deepEqual(mistakenKeys({ cpus: 1, cpu_quota: 50_000 }), ["cpu_quota"]);
  });

  test("is none where nothing is limited", () => {
    assert.deepEqual(
      mistakenKeys({
        mem_limit: 0,
        memswap_limit: -1,
        cpu_quota: -1,
        cpu_period: 100_000,
        healthcheck: { test: "true", interval: "0s", start_period: "1ms" },
      }),
      [],
    );
    assert.deepEqual(mistakenKeys({ mem_limit: "6M", mem_reservation: "6M", memswap_limit: "6M" }), []);
  });

  for (const [key, value] of Object.entries({
    mem_limit: "9223372036854775808",
    shm_size: "99999999t",
    stop_grace_period: "2562048h",
    memswap_limit: 2 ** 63,
    cpus: "1e999",
    pids_limit: "1e30",
  })) {
    test(`is one that the engine cannot count: ${key}: ${value}`, () => {
      const services = { app: { image: "app", [key]: value } };
      const { mistakes } = parse(definitionsSchema, { services }, "", "compose.yaml", {});
      assert.deepEqual(
        mistakes.map(({ path }) => path),
        [`services.app.${key}`],
      );
    });
  }
});

describe("the role and the database of Super Agent Team", () => {
  for (const name of ["", " ", "a b", "a'b", "a".repeat(64), "pg_team", "a\n"]) {
    test(`cannot be called ${JSON.stringify(name)}`, () => {
      assert.equal(settings.safeParse({ dbUser: name }).success, false);
    });
  }

  test("can be called by usual names", () => {
    for (const name of ["superteam", "Super_Team-2", "_x"]) {
      assert.equal(settings.safeParse({ dbUser: name, dbName: name }).success, true, name);
    }
  });
});
