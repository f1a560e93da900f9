import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { socketsIn, tablesIn } from "../../components/engine/listeners.ts";
import { checkForeign, checkTaken } from "../../components/checks/index.ts";
import type { EngineContainer, EnginePart, HeldPort, Listener } from "../../components/model/facts.ts";
import { said, modelFrom } from "./builders.ts";

const tcp = (port: number, ip = "0.0.0.0"): HeldPort => ({ ip, port, protocol: "tcp" });

function container(name: string, project: string | undefined, ...ports: HeldPort[]): EngineContainer {
  const whose = project === undefined ? {} : { project };
  return { id: name, name, ...whose, state: "running", ports, mounts: [] };
}

const listens = (held: HeldPort, process?: string): Listener => ({ ...held, process: () => process });

/** What is said to a stack `shop` with this service. */
function taken(
  service: object,
  { containers = [], listeners = [] }: { containers?: EngineContainer[]; listeners?: Listener[] },
): string[] {
  const listenersOn = (ports: readonly number[]) => listeners.filter(({ port }) => ports.includes(port));
  const services = { app: { image: "app", ...service } };
  return said(checkTaken(modelFrom({ services }), { project: "shop", containers, listenersOn }));
}

describe("a host port", () => {
  const app = { ports: ["8000:80"] };
  const has = (who: string) => [`services.app.ports.0: host port 8000 is already used by ${who}`];

  test("of another stack's container is taken, and of one that was made by hand", () => {
    const other = container("other-web-1", "other", tcp(8000));
    assert.deepEqual(taken(app, { containers: [other] }), has("container `other-web-1` of stack other"));
    assert.deepEqual(
      taken(app, { containers: [container("x", undefined, tcp(8000))] }),
      has("container `x`"),
    );
  });

  test("of a process is taken, whether it may be known or not", () => {
    assert.deepEqual(
      taken(app, { listeners: [listens(tcp(8000), "nginx (process 7)")] }),
      has("nginx (process 7)"),
    );
    assert.deepEqual(taken(app, { listeners: [listens(tcp(8000))] }), has("another process"));
  });

  test("of the stack's own container is its own, and so is the process that listens for it", () => {
    const containers = [container("shop-app-1", "shop", tcp(8000))];
    assert.deepEqual(
      taken(app, { containers, listeners: [listens(tcp(8000), "docker-proxy (process 7)")] }),
      [],
    );
  });

  test("of the stack's own container is its own also where the same number is new on another address", () => {
    const containers = [container("shop-app-1", "shop", tcp(8000, "127.0.0.1"))];
    const listeners = [listens(tcp(8000, "127.0.0.1"), "docker-proxy (process 7)")];
    const ports = ["127.0.0.1:8000:80", "127.0.0.2:8000:81"];
    assert.deepEqual(taken({ ports }, { containers, listeners }), []);
  });

  test("on one address leaves it free on another, and takes it from all", () => {
    const listeners = [listens(tcp(8000, "127.0.0.1"), "a")];
    assert.deepEqual(taken({ ports: ["127.0.0.2:8000:80"] }, { listeners }), []);
    assert.deepEqual(taken({ ports: ["127.0.0.1:8000:80"] }, { listeners }), has("a"));
    assert.deepEqual(taken(app, { listeners }), has("a"));
    assert.deepEqual(
      taken({ ports: ["127.0.0.1:8000:80"] }, { listeners: [listens(tcp(8000, "::"), "a")] }),
      has("a"),
    );
  });

  test("of IPv4 leaves that of IPv6 free, and the other way round unless a process may have both", () => {
    const has4 = [listens(tcp(8000, "0.0.0.0"), "a")];
    const has6 = [listens(tcp(8000, "::"), "a")];
    assert.deepEqual(taken({ ports: ["[::1]:8000:80"] }, { listeners: has4 }), []);
    assert.deepEqual(taken({ ports: ["[::]:8000:80"] }, { listeners: has4 }), []);
    assert.deepEqual(taken(app, { listeners: has4 }), has("a"));
    assert.deepEqual(taken({ ports: ["[::1]:8000:80"] }, { listeners: has6 }), has("a"));
    assert.deepEqual(taken({ ports: ["0.0.0.0:8000:80"] }, { listeners: has6 }), has("a"));
    const containers = [container("x", undefined, tcp(8000, "::"))];
    assert.deepEqual(taken({ ports: ["0.0.0.0:8000:80"] }, { containers, listeners: has6 }), []);
    assert.deepEqual(taken({ ports: ["[::]:8000:80"] }, { containers }), has("container `x`"));
  });

  test("of the stack's own container on IPv6 is its own where IPv4 is new", () => {
    const containers = [container("shop-app-1", "shop", tcp(8000, "::"))];
    const listeners = [listens(tcp(8000, "::"), "docker-proxy (process 7)")];
    assert.deepEqual(taken({ ports: ["0.0.0.0:8000:80", "[::]:8000:80"] }, { containers, listeners }), []);
  });

  test("is nobody's where the service publishes none, as with its own process in the host's network", () => {
    const listeners = [listens(tcp(8000), "nginx (process 7)")];
    assert.deepEqual(taken({ ...app, network_mode: "host" }, { listeners }), []);
    assert.deepEqual(taken({ ...app, network_mode: "none" }, { listeners }), []);
    assert.deepEqual(taken({ ...app, scale: 0 }, { listeners }), []);
  });

  test("is free where it is another protocol's, or the engine chooses it", () => {
    const listeners = [listens(tcp(8000))];
    assert.deepEqual(taken({ ports: ["8000:80/udp"] }, { listeners }), []);
    assert.deepEqual(taken({ ports: ["80"] }, { listeners: [listens(tcp(80))] }), []);
  });
});

describe("a container's name", () => {
  const app = { container_name: "the-app" };
  const has = (whose: string) => [
    `services.app.container_name: container name \`the-app\` is already used by ${whose}`,
  ];

  test("that another stack's container has is taken, and one that was made by hand", () => {
    assert.deepEqual(taken(app, { containers: [container("the-app", "other")] }), has("stack other"));
    assert.deepEqual(
      taken(app, { containers: [container("the-app", undefined)] }),
      has("a container of no stack"),
    );
  });

  test("that the stack's own has, or nobody, is fine", () => {
    assert.deepEqual(taken(app, { containers: [container("the-app", "shop"), container("b", "other")] }), []);
  });
});

describe("a container that Compose made under the stack's own name", () => {
  const made = (name: string, more: Partial<EngineContainer> = {}): EngineContainer => ({
    ...container(name, "shop"),
    service: "app",
    byCompose: true,
    ...more,
  });

  test("is told, as this program cannot make its own beside it", () => {
    const message = (name: string) => [
      `services.app: docker compose created the container \`${name}\` of this service, and the name is still taken`,
    ];
    assert.deepEqual(taken({}, { containers: [made("shop-app-1")] }), message("shop-app-1"));
    assert.deepEqual(taken({ container_name: "x" }, { containers: [made("x")] }), message("x"));
  });

  test("is no harm when it is a one-off's, another stack's or this program's", () => {
    const others = [
      made("shop-app-run-1a2b"),
      made("shop-app-1", { project: "other" }),
      made("shop-app-1", { byCompose: false }),
      made("shop-gone-1", { service: "gone" }),
    ];
    assert.deepEqual(taken({}, { containers: others }), []);
  });
});

describe("the name of a volume or of a network", () => {
  const theirs: EnginePart = { name: "team-data", project: "shop-test", key: "data" };
  const found = (
    written: object,
    parts: { networks?: EnginePart[]; volumes?: EnginePart[]; containers?: EngineContainer[] },
  ) =>
    checkForeign(modelFrom({ ...written }), "shop", { networks: [], volumes: [], containers: [], ...parts });
  const data = { volumes: { data: { name: "team-data" } } };

  test("that another stack's has is taken: both would work on the same data", () => {
    const mistakes = found(data, { volumes: [theirs] });
    assert.deepEqual(said(mistakes), [
      "volumes.data.name: volume name `team-data` is already used by stack shop-test: both stacks would write to the same data, and either could remove it",
    ]);
    assert.match(mistakes[0]?.fix ?? "", /remove the key.*volumes\.data\.external: true/);
    assert.deepEqual(said(found({ networks: { net: { name: "team-data" } } }, { networks: [theirs] })), [
      "networks.net.name: network name `team-data` is already used by stack shop-test",
    ]);
  });

  test("that the stack's own has, of Compose's making too, or nobody's, is fine", () => {
    const own = [{ ...theirs, project: "shop", byCompose: true }, { name: "team-data" }];
    for (const volume of own) assert.deepEqual(found(data, { volumes: [volume] }), []);
    assert.deepEqual(found(data, { networks: [theirs] }), []);
  });

  test("is the stack's where only its containers have the volume, whoever made it", () => {
    const mounts = ["team-data"];
    const ours = { ...container("shop-db-1", "shop"), mounts };
    const others = { ...container("other-db-1", "shop-test"), mounts };
    const volumes = [theirs];
    assert.deepEqual(found(data, { volumes, containers: [ours] }), []);
    assert.equal(found(data, { volumes, containers: [ours, others] }).length, 1);
  });

  test("is meant where it is external", () => {
    const external = { volumes: { data: { name: "team-data", external: true } } };
    assert.deepEqual(found(external, { volumes: [theirs] }), []);
  });
});

describe("a table of sockets", () => {
  const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const line = (local: string, state: string) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000 100 0\n`;
  const read = (table: string, local: string, state: string) =>
    socketsIn(table, head + line(local, state)).map(({ ip, port, protocol, inode }) => [
      ip,
      port,
      protocol,
      inode,
    ]);

  test("has those that wait, with their addresses", () => {
    assert.deepEqual(read("tcp", "0100007F:1F90", "0A"), [["127.0.0.1", 8080, "tcp", "4711"]]);
    assert.deepEqual(read("udp", "00000000:0035", "07"), [["0.0.0.0", 53, "udp", "4711"]]);
    assert.deepEqual(read("tcp6", `${"0".repeat(32)}:0050`, "0A"), [["::", 80, "tcp", "4711"]]);
    assert.deepEqual(read("tcp6", "00000000000000000000000001000000:0050", "0A"), [
      ["::1", 80, "tcp", "4711"],
    ]);
    assert.deepEqual(read("tcp6", "0000000000000000FFFF00000100007F:0050", "0A"), [
      ["127.0.0.1", 80, "tcp", "4711"],
    ]);
  });

  test("is known by the line above it, where several come from a server", () => {
    const tcp6 = head + line(`${"0".repeat(32)}:0050`, "0A");
    const udp = head + line("00000000:0035", "07");
    const text = `== tcp\n${head}== tcp6\n${tcp6}== udp\n${udp}== udp6\n`;
    assert.deepEqual(
      tablesIn(text).map(({ ip, port, protocol }) => [ip, port, protocol]),
      [
        ["::", 80, "tcp"],
        ["0.0.0.0", 53, "udp"],
      ],
    );
    assert.deepEqual(tablesIn(""), []);
  });

  test("has connections besides, which take no port from anybody", () => {
    assert.deepEqual(read("tcp", "0100007F:1F90", "01"), []);
    assert.deepEqual(read("udp", "0100007F:1F90", "01"), []);
  });
});
