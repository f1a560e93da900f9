import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ignoredKeys } from "../../components/compose-spec/ignored.ts";
import { planned, modelFrom, type Written, warningsIn } from "./builders.ts";

/** Where the warnings of a service are. */
function warned(service: Written, more: Written = {}): string[] {
  return warningsIn(modelFrom({ services: { app: { image: "app", ...service } }, ...more })).map(({ path }) =>
    path.replace(/^services\.app\./, ""),
  );
}

const samples: [title: string, service: Written, paths: string[]][] = [
  ["nothing", { deploy: { placement: {}, resources: { limits: { memory: "64M" } } }, ports: ["80:80"] }, []],
  [
    "what only a cluster has a use for",
    {
      deploy: {
        mode: "global",
        placement: { constraints: ["node.role==manager"] },
        update_config: { order: "start-first", parallelism: 2, delay: "5s", failure_action: "rollback" },
        rollback_config: { parallelism: 1 },
        endpoint_mode: "vip",
        labels: { a: "b" },
        resources: { reservations: { cpus: "0.5" } },
        restart_policy: { condition: "any", delay: "5s", window: "1m" },
      },
    },
    [
      "deploy.endpoint_mode",
      "deploy.labels",
      "deploy.mode",
      "deploy.placement",
      "deploy.resources.reservations.cpus",
      "deploy.restart_policy.delay",
      "deploy.restart_policy.window",
      "deploy.rollback_config",
      "deploy.update_config.delay",
      "deploy.update_config.failure_action",
    ],
  ],
  [
    "notes on a port",
    { ports: [{ target: 80, name: "web", app_protocol: "http" }] },
    ["ports.0.app_protocol", "ports.0.name"],
  ],
  ["ports of a container in the host's network", { network_mode: "host", ports: ["80:80"] }, ["ports"]],
  // The provider reads it back wrongly, which is a difference after every refresh.
  [
    "an IPv6 address of a host",
    { extra_hosts: ["six=::1", "four=10.0.0.1", "h:host-gateway"] },
    ["extra_hosts.0"],
  ],
  [
    "what does not go with a label for SELinux",
    {
      volumes: [
        "/a:/a:z,rslave",
        { type: "volume", source: "data", target: "/b", bind: { selinux: "z" }, volume: { nocopy: true } },
        "/c:/c:Z",
      ],
    },
    ["volumes.0.bind.propagation", "volumes.1.bind.selinux"],
  ],
  ["a mount's consistency", { volumes: ["/a:/a:cached"] }, ["volumes.0.consistency"]],
  // As the engine says of containers that the provider made.
  ["DNS servers that the provider sorts", { dns: ["127.0.0.1", "1.1.1.1"], dns_search: ["b.a"] }, ["dns"]],
  ["DNS servers in the provider's order", { dns: ["1.1.1.1", "127.0.0.1"] }, []],
  ["memory in parts of a mebibyte", { mem_limit: "1000k", shm_size: "64m" }, ["mem_limit"]],
  ...Object.keys(ignoredKeys).map((key): [string, Written, string[]] => [key, { [key]: "any" }, [key]]),
];

describe("warned of is", () => {
  for (const [title, service, paths] of samples)
    test(title, () => {
      assert.deepEqual(warned(service).toSorted(), paths);
    });

  test("the owner of a file that is mounted, which is the host's", () => {
    const files = { mounted: { file: "./a" }, given: { content: "b" } };
    const secrets = [
      { source: "mounted", uid: "1000", mode: "0400" },
      { source: "given", uid: "1000", mode: "0400" },
    ];
    assert.deepEqual(warned({ secrets }, { secrets: files }), ["secrets.0.uid", "secrets.0.mode"]);
  });
});

test("what is warned of changes no container", () => {
  assert.equal(planned({ annotations: { a: "1" } }).revision, planned({}).revision);
});
