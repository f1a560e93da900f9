import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { composeFileOf } from "../../components/model/compose-file.ts";
import { partOfFile } from "../../components/model/part-of-file.ts";
import { differencesBetween } from "../../components/model/differences-between.ts";
import { modelFrom, type Written } from "./builders.ts";

describe("a model written down as a Compose file", () => {
  const written = (definitions: Written) =>
    composeFileOf(modelFrom(definitions, { secrets: ["dbPassword"] }), {
      project: "shop",
      directory: "/shop",
    });

  test("has its name, and no part that is empty", () => {
    const services = { web: { image: "web" } };
    assert.deepEqual(written({ services }), { name: "shop", services });
  });

  test("has a variable for a secret, and doubles every other dollar", () => {
    const environment = { URL: "a://b:${dbPassword}@c", OTHER: "${other} $HOME 5$", PLAIN: "${}" };
    assert.deepEqual(
      written({ services: { web: { image: "web", environment } } }).services?.web?.environment,
      {
        URL: "a://b:${DB_PASSWORD}@c",
        OTHER: "$${other} $$HOME 5$$",
        PLAIN: "$${}",
      },
    );
  });

  test("has absolute paths, and leaves alone what is no path", () => {
    const { services = {}, configs } = written({
      services: {
        web: {
          build: { context: "web", additional_contexts: ["a=a"] },
          volumes: ["./site:/site", "data:/data"],
          configs: ["a"],
        },
        git: { build: { context: "https://example.com/tool.git#main" } },
        here: { build: {} },
      },
      configs: { a: { file: "a.conf" } },
    });
    assert.equal(services.web?.build?.context, "/shop/web");
    assert.deepEqual(services.web.build.additional_contexts, ["a=/shop/a"]);
    assert.deepEqual(
      services.web.volumes?.map(({ source }) => source),
      ["/shop/site", "data"],
    );
    assert.equal(services.git?.build?.context, "https://example.com/tool.git#main");
    assert.equal(services.here?.build?.context, "/shop");
    assert.equal(configs?.a?.file, "/shop/a.conf");
  });

  test("has a limit among those of `deploy` too, where the service has some there", () => {
    const limited = { image: "web", pids_limit: 512, mem_limit: "64M", mem_reservation: "32M" };
    const { services = {} } = written({
      services: {
        web: { ...limited, deploy: { resources: { limits: { cpus: "0.5" }, reservations: {} } } },
        plain: { ...limited, deploy: { replicas: 2 } },
      },
    });
    const { limits, reservations } = services.web?.deploy?.resources ?? {};
    assert.deepEqual([limits?.pids, limits?.memory], [512, services.web?.mem_limit]);
    assert.deepEqual(reservations?.memory, services.web?.mem_reservation);
    assert.equal(services.plain?.deploy?.resources, undefined);
  });

  test("reads a secret whose content is a variable from the variable", () => {
    const { secrets } = written({
      services: { web: { image: "web", secrets: ["password"] } },
      secrets: { password: { content: "${dbPassword}" } },
    });
    assert.deepEqual(secrets, { password: { environment: "DB_PASSWORD" } });
  });
});

describe("the keys in which two stacks differ", () => {
  test("are named with both values, a list as a whole", () => {
    assert.deepEqual(
      differencesBetween(
        { services: { web: { image: "a", ports: [1, 2], same: { x: 1 } } } },
        { services: { web: { image: "b", ports: [1], same: { x: 1 } }, worker: { image: "c" } } },
      ),
      [
        { path: "services.web.image", one: "a", other: "b" },
        { path: "services.web.ports", one: [1, 2], other: [1] },
        { path: "services.worker", one: undefined, other: { image: "c" } },
      ],
    );
  });

  test("are none where only the order of keys differs", () => {
    assert.deepEqual(differencesBetween({ a: 1, b: 2 }, { b: 2, a: 1 }), []);
  });
});

test("of a Compose file, what some services need is these, what they depend on, and the parts that all of them name", () => {
  const file = composeFileOf(
    modelFrom({
      services: {
        web: {
          image: "web",
          depends_on: ["db"],
          networks: ["front"],
          configs: [{ source: "site", target: "/site" }],
        },
        db: { image: "db", volumes: ["data:/data", "./own:/own"], networks: ["back"] },
        other: { image: "other", volumes: ["more:/more"] },
      },
      networks: { front: {}, back: {}, default: {} },
      volumes: { data: {}, more: {} },
      configs: { site: { content: "x" }, unused: { content: "y" } },
    }),
    { project: "shop", directory: "/shop" },
  );
  const { name, services = {}, ...parts } = partOfFile(file, ["web"]);
  assert.equal(name, "shop");
  assert.deepEqual(Object.keys(services), ["web", "db"]);
  assert.deepEqual(
    Object.entries(parts).map(([kind, part]) => [kind, Object.keys(part as object)]),
    [
      ["networks", ["front", "back"]],
      ["volumes", ["data"]],
      ["configs", ["site"]],
    ],
  );
  assert.deepEqual(Object.keys(partOfFile(file, ["other"]).networks ?? {}), ["default"]);
});
