import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { filledVariables, oneOffOf } from "../../components/plan/one-off.ts";
import { planOf } from "../../components/plan/plan.ts";
import { modelFrom, type Written } from "./builders.ts";

function oneOff(name: string, definitions: Written, present: readonly string[] = []) {
  const model = modelFrom(definitions, { secrets: ["dbPassword"] });
  const plan = planOf(model, { project: "shop", directory: "/shop", program: "/shop", buildHashes: {} });
  const found = oneOffOf(name, model, plan, { directory: "/shop", present });
  assert.ok(found);
  return found;
}

const shop: Written = {
  services: {
    web: {
      build: { context: "web" },
      environment: { URL: "a://b:${dbPassword}@c", PASSWORD: "${dbPassword}", PRICE: "5$", PLAIN: "$HOME" },
      volumes: ["data:/data", "./site:/site"],
      security_opt: ["no-new-privileges:true", "seccomp:calls.json"],
      secrets: ["password"],
      networks: { back: null, others: null },
      depends_on: {
        db: { condition: "service_healthy" },
        cache: { condition: "service_started", required: false },
      },
      profiles: ["web"],
    },
    db: { image: "db", healthcheck: { test: ["CMD", "true"] }, networks: { back: null } },
    cache: { image: "cache" },
  },
  networks: { back: {}, others: { external: true, name: "others" }, front: {} },
  volumes: { data: {}, unused: {} },
  secrets: { password: { content: "${dbPassword}" }, unused: { content: "x" } },
};

describe("a one-off of a service", () => {
  test("is the service alone, on networks that are there, with the image that the stack builds", () => {
    const { file, waitsFor, networks } = oneOff("web", shop, ["shop_data"]);
    const { web, ...others } = file.services ?? {};
    assert.deepEqual(others, {});
    assert.match(web?.image ?? "", /^shop-web:[0-9a-f]{12}$/);
    assert.equal(web?.build?.context, "/shop/web");
    assert.deepEqual(web.security_opt, ["no-new-privileges:true", "seccomp:/shop/calls.json"]);
    assert.deepEqual([web.depends_on, web.profiles], [undefined, undefined]);
    assert.deepEqual(file.networks, {
      back: { name: "shop_back", external: true },
      others: { name: "others", external: true },
    });
    assert.deepEqual(file.volumes, { data: { name: "shop_data", external: true } });
    assert.deepEqual(waitsFor, [{ service: "db", condition: "service_healthy" }]);
    assert.deepEqual(networks, ["shop_back"]);
  });

  test("has no secret in its file, and the secret in the variables as a container has it", () => {
    const found = oneOff("web", shop);
    const { file, variables } = found;
    const { environment } = file.services?.web ?? {};
    const values = filledVariables(found, { dbPassword: "p@ss" });
    const valueOf = (text: unknown) => values[/^\$\{(\w+)\}$/.exec(String(text))?.[1] ?? ""];
    const { URL, PASSWORD, PRICE, PLAIN } = environment as Record<string, string>;
    assert.equal(valueOf(URL), "a://b:p%40ss@c");
    assert.equal(valueOf(PASSWORD), "p@ss");
    assert.deepEqual([PRICE, PLAIN], ["5$$", "$$HOME"]);
    assert.deepEqual(Object.keys(file.secrets ?? {}), ["password"]);
    assert.equal(values[file.secrets?.password?.environment ?? ""], "p@ss");
    assert.equal(Object.keys(variables).length, 3);
  });

  test("makes a volume that nobody has made yet, under the stack's name", () => {
    assert.deepEqual(oneOff("web", shop).file.volumes, { data: { name: "shop_data" } });
  });

  test("knows the services by name of which it shares what their containers have", () => {
    const services = {
      web: { image: "web", network_mode: "service:db", volumes_from: ["cache:ro"] },
      db: { image: "db" },
      cache: { image: "cache" },
    };
    const { file, networks } = oneOff("web", { services });
    assert.deepEqual(Object.keys(file.services ?? {}).sort(), ["cache", "db", "web"]);
    assert.equal(file.services?.web?.network_mode, "service:db");
    assert.deepEqual([file.networks, networks], [undefined, []]);
  });
});
