import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineContainer, HeldAddress } from "../../components/model/facts.ts";
import { describeHandOvers, handOversIn } from "../../components/plan/hand-over.ts";
import { planOf, type Plan } from "../../components/plan/plan.ts";
import { modelFrom, options, said, type Written } from "./builders.ts";

const networks = { net: { ipam: { config: [{ subnet: "10.5.0.0/24" }] } } };

function plan(services: Written): Plan {
  return planOf(modelFrom({ services, networks }), options);
}

function holder(more: Partial<EngineContainer> = {}): EngineContainer {
  return {
    ...{ id: "1", name: "shop-web-1", project: "shop", service: "web", state: "running", mounts: [] },
    ports: [{ ip: "127.0.0.1", port: 8080, protocol: "tcp" }],
    ...more,
  };
}

function found(services: Plan, containers: EngineContainer[], addresses: HeldAddress[] = []) {
  const { handOvers, mistakes } = handOversIn(services, { containers, addresses });
  return { moves: describeHandOvers(handOvers), mistakes: said(mistakes) };
}

function revisionOf({ services }: Plan, service: string): string {
  return services.find(({ name }) => name === service)?.labels["com.docker.compose.config-hash"] ?? "";
}

const proxy = { image: "nginx", ports: ["8080:80"] };
const fixed = { image: "nginx", networks: { net: { ipv4_address: "10.5.0.9" } } };
const taken = { container: "1", network: "shop_net", address: "10.5.0.9" };

describe("what changes hands", () => {
  test("is a host port of a service that is gone, or that changes", () => {
    for (const services of [{ proxy }, { proxy, web: { image: "web" } }])
      assert.deepEqual(found(plan(services), [holder({ revision: "earlier" })]), {
        moves: ["host port 8080 moves from web to proxy: web is stopped first"],
        mistakes: [],
      });
  });

  test("is a container's name, whether the container runs or not", () => {
    const named = plan({ proxy: { image: "nginx", container_name: "front" } });
    for (const [state, first] of [
      ["running", "stopped and renamed"],
      ["exited", "renamed"],
    ] as const)
      assert.deepEqual(found(named, [holder({ name: "front", ports: [], state })]).moves, [
        `container name \`front\` moves from web to proxy: web is ${first} first`,
      ]);
  });

  test("is a fixed address", () => {
    assert.deepEqual(found(plan({ proxy: fixed }), [holder({ ports: [] })], [taken]).moves, [
      "address 10.5.0.9 moves from web to proxy: web is stopped first",
    ]);
    assert.deepEqual(
      found(plan({ proxy: fixed }), [holder()], [{ ...taken, network: "other_net" }]).moves,
      [],
    );
  });

  test("is the host port of a replica that goes, or that gets another one", () => {
    const three = plan({ web: { image: "web", ports: ["8080-8082:80"], deploy: { replicas: 2 } } });
    const at = (number: number, port: number, revision: string) =>
      holder({
        ...{ id: String(number), name: `shop-web-${number}`, number, revision },
        ports: [{ ip: "0.0.0.0", port, protocol: "tcp" }],
      });
    assert.deepEqual(found(three, [at(1, 8079, "earlier"), at(2, 8080, "earlier"), at(3, 8081, "earlier")]), {
      moves: [
        "host port 8080 moves from shop-web-2 to web: shop-web-2 is stopped first",
        "host port 8081 moves from shop-web-3 to web: shop-web-3 is stopped first",
      ],
      mistakes: [],
    });
    const same = revisionOf(three, "web");
    assert.deepEqual(found(three, [at(1, 8080, same), at(2, 8081, same)]).moves, []);
  });

  test("is what an earlier update has left behind in the same place", () => {
    const own = plan({ web: proxy });
    const planned = revisionOf(own, "web");
    const now = holder({ id: "2", ports: [], revision: planned });
    // Also where the definition is again what it was then.
    for (const revision of ["earlier", planned]) {
      const left = holder({ name: "shop-web-1-abc", revision });
      assert.deepEqual(found(own, [now, left]).moves, [
        "host port 8080 moves from shop-web-1-abc to web: shop-web-1-abc is stopped first",
      ]);
      assert.deepEqual(found(own, [left]).moves, []);
    }
  });

  test("is everything that an old gateway has, and only the gateway's replacement is told", () => {
    const model = modelFrom({ services: { web: proxy } }, { gateway: "web" });
    const services = planOf(model, options);
    const engine = (revision: string) => ({ containers: [holder({ revision })], addresses: [] });
    const { handOvers } = handOversIn(services, engine("earlier"));
    assert.deepEqual(
      handOvers.map(({ what, isReplaced }) => [what, isReplaced]),
      [
        ["host port 8080", true],
        ["container name `shop-web-1`", true],
      ],
    );
    assert.deepEqual(describeHandOvers(handOvers), []);
    assert.deepEqual(handOversIn(services, engine(revisionOf(services, "web"))).handOvers, []);
  });

  test("is nothing that a container of another project has: the checks tell of that", () => {
    assert.deepEqual(found(plan({ proxy }), [holder({ project: "other" })]), { moves: [], mistakes: [] });
  });

  test("is a mistake where the container that has it stays", () => {
    const services = plan({ proxy: { ...fixed, ...proxy }, web: { image: "web" } });
    const web = holder({ revision: revisionOf(services, "web") });
    assert.deepEqual(found(services, [web], [taken]), {
      moves: [],
      mistakes: [
        "services.proxy.ports.0: host port 8080 is already used by container `shop-web-1` of web, which this update does not change",
        "services.proxy.networks.net.ipv4_address: address 10.5.0.9 is already used by container `shop-web-1` of web, which this update does not change",
      ],
    });
  });

  test("is a mistake where docker compose made the container, or another stack has the address", () => {
    assert.deepEqual(found(plan({ proxy }), [holder({ byCompose: true })]).mistakes, [
      "services.proxy.ports.0: host port 8080 is already used by container `shop-web-1`, which docker compose created",
    ]);
    assert.deepEqual(found(plan({ proxy: fixed }), [holder({ project: "other" })], [taken]).mistakes, [
      "services.proxy.networks.net.ipv4_address: address 10.5.0.9 is already used by container `shop-web-1` of stack other",
    ]);
  });
});
