import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { heldAddressesIn, containerIn, detailsIn, partIn } from "../../components/engine/facts.ts";

/** As `docker ps` prints it in the format that is asked for. */
const line = {
  id: "93849721e7b5",
  names: "shop-web-1",
  project: "shop",
  service: "web",
  image: "web:1",
  revision: "",
  number: "",
  made: "shop",
  state: "running",
  ports: "",
  mounts: "",
};

function read(more: Partial<typeof line>) {
  return containerIn(JSON.stringify({ ...line, ...more }));
}

describe("a container as the engine lists it", () => {
  test("has its project and its service by its labels", () => {
    const { name, project, service, state } = read({});
    assert.deepEqual([name, project, service, state], ["shop-web-1", "shop", "web", "running"]);
  });

  test("has the revision and the number that its labels tell", () => {
    const { revision, number } = read({ revision: "93a1", number: "2" });
    assert.deepEqual([revision, number], ["93a1", 2]);
  });

  test("has neither when it was made by hand", () => {
    const container = read({ project: "", service: "" });
    assert.ok(!("project" in container) && !("service" in container));
  });

  test("is Compose's when this program has not marked it", () => {
    assert.equal(read({}).byCompose, undefined);
    assert.equal(read({ made: "" }).byCompose, true);
    assert.equal(read({ made: "", project: "", service: "" }).byCompose, undefined);
  });

  test("has its image by the reference", () => {
    assert.equal(read({}).image, "web:1");
  });

  test("is called by its own name, not by one that others link to it by", () => {
    assert.equal(read({ names: "web/db,db" }).name, "db");
  });

  test("holds its host ports one by one, of both addresses", () => {
    const tcp = { protocol: "tcp" };
    assert.deepEqual(read({ ports: "0.0.0.0:8000-8001->80-81/tcp, [::]:8000->80/tcp" }).ports, [
      { ip: "0.0.0.0", port: 8000, ...tcp },
      { ip: "0.0.0.0", port: 8001, ...tcp },
      { ip: "::", port: 8000, ...tcp },
    ]);
    // As an engine up to 20.10 writes it.
    assert.deepEqual(read({ ports: ":::53->53/udp" }).ports, [{ ip: "::", port: 53, protocol: "udp" }]);
  });

  test("holds no host port by one that is open to other containers only", () => {
    assert.deepEqual(read({ ports: "8080/tcp, 9000-9002/udp" }).ports, []);
  });

  test("has its volumes and host paths mounted", () => {
    assert.deepEqual(read({ mounts: "shop_data,/srv/shop" }).mounts, ["shop_data", "/srv/shop"]);
  });
});

test("a container's details are its image and its volumes, without what it mounts from the host", () => {
  const mounts = [
    { Type: "volume", Name: "shop_data", Destination: "/data" },
    { Type: "bind", Source: "/srv", Destination: "/srv" },
  ];
  assert.deepEqual(detailsIn(JSON.stringify(["id", "postgres:16", mounts])), [
    "id",
    { image: "postgres:16", volumes: { "/data": "shop_data" } },
  ]);
});

test("a volume or a network has its project and its key by its labels, and whether Compose made it", () => {
  const part = { name: "shop_data", project: "shop", key: "data", made: "shop" };
  const of = (more: Partial<typeof part>) => partIn(JSON.stringify({ ...part, ...more }));
  assert.deepEqual(of({}), { name: "shop_data", project: "shop", key: "data" });
  assert.deepEqual(of({ made: "" }), { name: "shop_data", project: "shop", key: "data", byCompose: true });
  assert.deepEqual(of({ project: "", key: "", made: "" }), { name: "shop_data" });
});

describe("the addresses on a network as the engine lists them", () => {
  test("are those of its containers, of both kinds, without the length of the prefix", () => {
    const containers = {
      one: { Name: "shop-web-1", IPv4Address: "10.5.0.2/24", IPv6Address: "fd00::2/64" },
      other: { Name: "shop-api-1", IPv4Address: "10.5.0.3/24", IPv6Address: "" },
    };
    const network = "shop_net";
    assert.deepEqual(heldAddressesIn(JSON.stringify([network, containers])), [
      { container: "one", network, address: "10.5.0.2" },
      { container: "one", network, address: "fd00::2" },
      { container: "other", network, address: "10.5.0.3" },
    ]);
  });
});
