import assert from "node:assert/strict";
import { devNull } from "node:os";
import { describe, test } from "node:test";
import { definedArguments } from "../../components/provider/container-args.ts";
import { serviceKeys } from "../../components/compose-spec/service.ts";
import { ignoredKeys } from "../../components/compose-spec/ignored.ts";
import { planned, type Written } from "./builders.ts";

/** The arguments a service's container is made with. */
function argsOf(service: Written): Written {
  const plan = planned(service);
  return definedArguments(plan, { name: "shop-app-1", containerName: "shop-app-1", number: 1 });
}

/** A service's keys, and the arguments they must become. */
const translations: [title: string, service: Written, args: Written][] = [
  [
    "ports, as the engine lists them: a random host port is left to it",
    { ports: ["8000", "127.0.0.1:8001:8000", "53:53/udp"] },
    {
      ports: [
        { internal: 53, external: 53, protocol: "udp" },
        { internal: 8000 },
        { internal: 8000, external: 8001, ip: "127.0.0.1" },
      ],
    },
  ],
  [
    "one container port on several host ports",
    { ports: ["29406:81", "29405:81"] },
    {
      ports: [
        { internal: 81, external: 29405 },
        { internal: 81, external: 29406 },
      ],
    },
  ],
  [
    "a range of ports, one by one",
    { ports: ["127.0.0.1:8000-8001:9000-9001/udp"] },
    {
      ports: [
        { internal: 9000, external: 8000, ip: "127.0.0.1", protocol: "udp" },
        { internal: 9001, external: 8001, ip: "127.0.0.1", protocol: "udp" },
      ],
    },
  ],
  [
    "mounts",
    { volumes: ["data:/data:ro", "/etc/hosts:/hosts", "/anonymous"] },
    {
      mounts: [
        { type: "volume", source: "data", target: "/data", readOnly: true },
        { type: "bind", source: "/etc/hosts", target: "/hosts" },
        { type: "volume", target: "/anonymous" },
      ],
    },
  ],
  [
    "bind mounts in the old form where the engine is to make a missing directory",
    {
      volumes: [
        "/srv/made:/made/:ro",
        { type: "bind", source: "/srv/there", target: "/there" },
        { type: "bind", source: "/srv/not", target: "/not", bind: { create_host_path: false } },
        "/srv/shared:/shared:rslave",
      ],
    },
    {
      volumes: [{ hostPath: "/srv/made", containerPath: "/made", readOnly: true }],
      mounts: [
        { type: "bind", source: "/srv/there", target: "/there" },
        { type: "bind", source: "/srv/not", target: "/not" },
        { type: "bind", source: "/srv/shared", target: "/shared", bindOptions: { propagation: "rslave" } },
      ],
    },
  ],
  [
    "a mount's own options",
    {
      volumes: [
        { type: "bind", source: "/a", target: "/a", bind: { propagation: "rshared" } },
        { type: "volume", source: "data", target: "/b", volume: { nocopy: true, subpath: "sub" } },
        { type: "tmpfs", target: "/c", tmpfs: { size: "1m", mode: "0700" } },
      ],
    },
    {
      mounts: [
        { type: "bind", source: "/a", target: "/a", bindOptions: { propagation: "rshared" } },
        { type: "volume", source: "data", target: "/b", volumeOptions: { noCopy: true, subpath: "sub" } },
        { type: "tmpfs", target: "/c", tmpfsOptions: { sizeBytes: 1024 ** 2, mode: 0o700 } },
      ],
    },
  ],
  [
    "tmpfs",
    { tmpfs: ["/run", "/tmp:size=64m,mode=1777"] },
    { tmpfs: { "/run": "", "/tmp": "size=64m,mode=1777" } },
  ],
  [
    "a health check, with durations as the engine prints them",
    {
      healthcheck: {
        test: ["CMD", "true"],
        interval: "90s",
        timeout: "1500ms",
        retries: 3,
        start_period: "0s",
        start_interval: "250ms",
      },
    },
    {
      healthcheck: {
        tests: ["CMD", "true"],
        interval: "1m30s",
        timeout: "1.5s",
        retries: 3,
        startPeriod: "0s",
        startInterval: "250ms",
      },
    },
  ],
  ["a disabled health check", { healthcheck: { disable: true } }, { healthcheck: { tests: ["NONE"] } }],
  // Without memorySwap a refresh finds a difference for ever.
  [
    "a memory limit, with the swap that the engine adds",
    { deploy: { resources: { limits: { memory: "512M" } } } },
    { memory: 512, memorySwap: 1024 },
  ],
  [
    "whole CPUs as the engine prints them",
    { deploy: { resources: { limits: { cpus: "1.0" } } } },
    { cpus: "1.0" },
  ],
  ["parts of a CPU", { deploy: { resources: { limits: { cpus: 0.25 } } } }, { cpus: "0.25" }],
  [
    "reserved memory",
    { deploy: { resources: { reservations: { memory: "256M", cpus: "0.25" } } } },
    { memoryReservation: 256 },
  ],
  ["a restart policy", { restart: "unless-stopped" }, { restart: "unless-stopped" }],
  ["a restart policy with a count", { restart: "on-failure:3" }, { restart: "on-failure", maxRetryCount: 3 }],
  [
    "logging",
    { logging: { driver: "json-file", options: { "max-size": "10m", "max-file": 3, tag: "{{.Name}}" } } },
    { logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3", tag: "{{.Name}}" } },
  ],
  ["a stop signal", { stop_signal: "SIGQUIT" }, { stopSignal: "SIGQUIT" }],
  ["shared memory, in mebibytes", { shm_size: "256mb" }, { shmSize: 256 }],
  ["a user", { user: 1000, group_add: ["docker"] }, { user: "1000", groupAdds: ["docker"] }],
  [
    "names of hosts",
    { extra_hosts: ["db=10.0.0.1", "old:10.0.0.2", "six=::1", "host.docker.internal=host-gateway"] },
    {
      hosts: [
        { host: "db", ip: "10.0.0.1" },
        { host: "old", ip: "10.0.0.2" },
        { host: "six", ip: "::1" },
        { host: "host.docker.internal", ip: "host-gateway" },
      ],
    },
  ],
  ["name servers", { dns: ["8.8.8.8"], dns_search: ["x.org"] }, { dns: ["8.8.8.8"], dnsSearches: ["x.org"] }],
  // The engine prints CAP_…; written otherwise, a refresh would find a difference.
  [
    "capabilities as the engine prints them",
    { cap_add: ["NET_ADMIN", "cap_sys_time"], cap_drop: ["all"] },
    { capabilities: { adds: ["CAP_NET_ADMIN", "CAP_SYS_TIME"], drops: ["ALL"] } },
  ],
  [
    "limits of the user",
    { ulimits: { nproc: 5, nofile: { soft: 1, hard: 2 } } },
    {
      ulimits: [
        { name: "nproc", soft: 5, hard: 5 },
        { name: "nofile", soft: 1, hard: 2 },
      ],
    },
  ],
  [
    "kernel settings",
    { sysctls: { "net.core.somaxconn": 1024 } },
    { sysctls: { "net.core.somaxconn": "1024" } },
  ],
  [
    "CPUs and memory by the service's own keys",
    { cpus: 1.5, mem_limit: "64m", mem_reservation: "32m" },
    { cpus: "1.5", memory: 64, memorySwap: 128, memoryReservation: 32 },
  ],
  ["swap of its own", { mem_limit: "64m", memswap_limit: "96m" }, { memory: 64, memorySwap: 96 }],
  ["swap without a limit", { mem_limit: "64m", memswap_limit: "-1" }, { memory: 64, memorySwap: -1 }],
  [
    "shares, periods and sets of CPUs",
    { cpu_shares: 512, cpu_period: 10_000, cpu_quota: "5000", cpuset: "0-1" },
    { cpuShares: 512, cpuPeriod: 10_000, cpuQuota: 5000, cpuSet: "0-1" },
  ],
  [
    "rates of devices",
    {
      blkio_config: {
        device_read_bps: [{ path: "/dev/sda", rate: "1m" }],
        device_write_iops: [{ path: "/dev/sda", rate: "30" }],
      },
    },
    {
      deviceReadBps: [{ path: "/dev/sda", rate: 1024 ** 2 }],
      deviceWriteIops: [{ path: "/dev/sda", rate: 30 }],
    },
  ],
  [
    "devices",
    { devices: ["/dev/null", "/dev/zero:/dev/nil:r"], device_cgroup_rules: ["c 1:3 mr"] },
    {
      devices: [
        { hostPath: "/dev/null", containerPath: "/dev/null", permissions: "rwm" },
        { hostPath: "/dev/zero", containerPath: "/dev/nil", permissions: "r" },
      ],
      deviceCgroupRules: ["c 1:3 mr"],
    },
  ],
  [
    "a device by its vendor's name, beside one by its path",
    { devices: ["nvidia.com/gpu=all", "/dev/null"] },
    {
      devices: [{ hostPath: "/dev/null", containerPath: "/dev/null", permissions: "rwm" }],
      deviceRequests: [{ driver: "cdi", count: 0, deviceIds: ["nvidia.com/gpu=all"] }],
    },
  ],
  ["all GPUs", { gpus: "all" }, { deviceRequests: [{ driver: "", count: -1, capabilities: ["gpu"] }] }],
  [
    "reserved devices",
    {
      deploy: {
        resources: {
          reservations: {
            devices: [{ capabilities: ["gpu"], driver: "nvidia", device_ids: ["0"], options: { a: "b" } }],
          },
        },
      },
    },
    {
      deviceRequests: [
        { driver: "nvidia", count: 0, capabilities: ["gpu"], deviceIds: ["0"], options: { a: "b" } },
      ],
    },
  ],
  [
    "the restart policy of deploy, which wins",
    { restart: "always", deploy: { restart_policy: { condition: "on-failure", max_attempts: 3 } } },
    { restart: "on-failure", maxRetryCount: 3 },
  ],
  [
    "the restart policy of deploy, in a cluster's words",
    { deploy: { restart_policy: { condition: "any", max_attempts: 3 } } },
    { restart: "always" },
  ],
  [
    "mounts that SELinux relabels",
    {
      volumes: [
        "/a.conf:/a.conf:ro,z",
        "data:/data:Z",
        { type: "volume", source: "data", target: "/b", bind: { selinux: "z" }, volume: { nocopy: true } },
      ],
    },
    {
      mounts: [{ type: "volume", source: "data", target: "/b", volumeOptions: { noCopy: true } }],
      volumes: [
        { hostPath: "/a.conf", containerPath: "/a.conf", readOnly: true, selinuxRelabel: "z" },
        { volumeName: "data", containerPath: "/data", selinuxRelabel: "Z" },
      ],
    },
  ],
  [
    "namespaces and the like",
    {
      cgroup: "private",
      cgroup_parent: "/shop",
      userns_mode: "host",
      runtime: "runc",
      storage_opt: { size: "1G" },
      dns_opt: ["use-vc"],
    },
    {
      cgroupnsMode: "private",
      cgroupParent: "/shop",
      usernsMode: "host",
      runtime: "runc",
      storageOpts: { size: "1G" },
      dnsOpts: ["use-vc"],
    },
  ],
  [
    "switches",
    { init: true, read_only: true, privileged: false, tty: true },
    { init: true, readOnly: true, privileged: false, tty: true },
  ],
];

describe("a container is made with", () => {
  for (const [title, service, expected] of translations) {
    test(title, () => {
      const args = argsOf(service);
      for (const [key, value] of Object.entries(expected)) {
        // What is not given is not sent.
        assert.deepEqual(JSON.parse(JSON.stringify(args[key])), value, key);
      }
    });
  }

  test("its name and its labels", () => {
    const plan = planned({ labels: { mine: "1" } });
    const { name, labels } = argsOf({ labels: { mine: "1" } });
    assert.equal(name, "shop-app-1");
    const sent = (labels as { label: string; value: string }[]).map(({ label, value }) => [label, value]);
    const all = { ...plan.labels, "com.docker.compose.container-number": "1" };
    assert.deepEqual(sent.toSorted(), Object.entries(all).toSorted());
  });

  test("nothing but what the service says, its name, its labels and its grace period", () => {
    assert.deepEqual(Object.keys(argsOf({})).toSorted(), [
      "destroyGraceSeconds",
      "envs",
      "labels",
      "mustRun",
      "name",
      "uploads",
    ]);
  });

  test("its files", () => {
    const files = [
      { target: "/etc/app.yml", content: "a: 1", mode: "0440", uid: "1000", gid: "1001" },
      { target: "/b", content: "", mode: "0444" },
    ];
    const args = definedArguments({ ...planned({}), files }, { name: "shop-app-1", number: 1 });
    assert.deepEqual(args.uploads, [
      { file: "/etc/app.yml", content: "a: 1", permissions: "0440", owner: "1000", group: "1001" },
      // The provider takes an empty content for none.
      { file: "/b", source: devNull, permissions: "0444" },
    ]);
  });
});

describe("a container is stopped, not killed,", () => {
  for (const [period, seconds] of [
    [undefined, 10],
    ["30s", 30],
    ["1m30s", 90],
    ["1500ms", 2],
  ] as const) {
    test(
      period === undefined
        ? "within ten seconds where nothing is said"
        : `within its grace period of ${period}`,
      () => {
        assert.equal(argsOf({ stop_grace_period: period }).destroyGraceSeconds, seconds);
      },
    );
  }

  test("by the engine itself within the same period", () => {
    assert.equal(argsOf({ stop_grace_period: "30s" }).stopTimeout, 30);
  });
});

test("a service must run, and what is not started again may end", () => {
  assert.equal(argsOf({ restart: "always" }).mustRun, true);
  assert.equal(argsOf({ healthcheck: { test: ["CMD", "true"] } }).mustRun, true);
  assert.equal(argsOf({ restart: "no" }).mustRun, false);
});

describe("no key of the schema is dropped in silence:", () => {
  // These are sent by other parts than the table; components.test.ts shows them. `expose` means nothing to an engine.
  const elsewhere = [
    "image",
    "build",
    "networks",
    "depends_on",
    "environment",
    "labels",
    "configs",
    "secrets",
    "container_name",
    "command",
    "entrypoint",
    "pull_policy",
    "platform",
    "network_mode",
    "ipc",
    "pid",
    "volumes_from",
    "links",
    "scale",
    "pids_limit",
    "profiles",
    "x-route",
    "expose",
    // Warned of.
    ...Object.keys(ignoredKeys),
  ];
  for (const key of serviceKeys.filter((name) => !elsewhere.includes(name))) {
    test(key, () => {
      const samples = translations.filter(([, service]) => key in service).map(([, service]) => service[key]);
      const others: Written = {
        working_dir: "/work",
        hostname: "me",
        domainname: "x.org",
        security_opt: ["no-new-privileges"],
        stdin_open: true,
        stop_grace_period: "30s",
      };
      const sample = samples[0] ?? others[key];
      assert.notEqual(sample, undefined, "this test has no sample of the key");
      // The labels hold a hash of the whole definition and would change in any case.
      const without = { ...argsOf({}), labels: [] };
      assert.notDeepEqual({ ...argsOf({ [key]: sample }), labels: [] }, without);
    });
  }
});

test("each container has a host port of its own of a range, which a further container does not change", () => {
  const externals = (scale: number) => {
    const plan = planned({ scale, ports: ["8000-8010:80", "8001:81", "8000-8010:82/udp"] });
    return plan.containers.map((container) => {
      const { ports } = definedArguments(plan, container) as {
        ports: { internal: number; external: number }[];
      };
      return Object.fromEntries(ports.map(({ internal, external }) => [internal, external]));
    });
  };
  assert.deepEqual(externals(1), [{ 80: 8000, 81: 8001, 82: 8000 }]);
  assert.deepEqual(externals(2), [...externals(1), { 80: 8002, 81: 8001, 82: 8001 }]);
});
