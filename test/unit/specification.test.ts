import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "../../components/compose-spec/parse.ts";
import { definitionsSchema } from "../../components/compose-spec/definitions.ts";
import { modelFrom, type Written, warningsIn } from "./builders.ts";

// Every key that the Compose Specification has for a service is honoured, or a mistake or a warning that names it.
// https://github.com/compose-spec/compose-spec/blob/main/05-services.md

/** A key is honoured, or it is refused because a service may count on it, or warned of because it works without. */
type Outcome = "honoured" | "refused" | "warned";

const keys: readonly (readonly [key: string, value: unknown, outcome: Outcome])[] = [
  ["annotations", { "org.example.note": "x" }, "warned"],
  ["attach", false, "warned"],
  ["blkio_config", { device_read_bps: [{ path: "/dev/sda", rate: 1000 }] }, "honoured"],
  ["build", { context: "." }, "honoured"],
  ["cap_add", ["NET_ADMIN"], "honoured"],
  ["cap_drop", ["ALL"], "honoured"],
  ["cgroup", "private", "honoured"],
  ["cgroup_parent", "parent", "honoured"],
  ["command", ["serve"], "honoured"],
  ["configs", [{ source: "settings", target: "/settings" }], "honoured"],
  ["container_name", "box", "honoured"],
  ["cpu_count", 2, "warned"],
  ["cpu_percent", 50, "warned"],
  ["cpu_period", 100000, "honoured"],
  ["cpu_quota", 50000, "honoured"],
  ["cpu_rt_period", 950000, "warned"],
  ["cpu_rt_runtime", 95000, "warned"],
  ["cpu_shares", 512, "honoured"],
  ["cpus", 0.5, "honoured"],
  ["cpuset", "0", "honoured"],
  ["credential_spec", { file: "spec.json" }, "refused"],
  ["depends_on", ["db"], "honoured"],
  ["deploy", { replicas: 2 }, "honoured"],
  ["develop", { watch: [{ path: ".", action: "rebuild" }] }, "warned"],
  ["device_cgroup_rules", ["c 1:3 mr"], "honoured"],
  ["devices", ["/dev/null"], "honoured"],
  ["dns", ["10.0.0.53"], "honoured"],
  ["dns_opt", ["ndots:2"], "honoured"],
  ["dns_search", ["example.test"], "honoured"],
  ["domainname", "example.test", "honoured"],
  ["entrypoint", ["serve"], "honoured"],
  // `docker compose config` has resolved it; elsewhere there is nobody to do that.
  ["env_file", [".env"], "refused"],
  ["environment", { A: "1" }, "honoured"],
  ["expose", ["8000"], "honoured"],
  ["extends", { service: "base" }, "refused"],
  ["external_links", ["other"], "refused"],
  ["extra_hosts", ["db=10.0.0.1"], "honoured"],
  ["gpus", "all", "honoured"],
  ["group_add", ["27"], "honoured"],
  ["healthcheck", { test: ["CMD", "true"] }, "honoured"],
  ["hostname", "box", "honoured"],
  ["image", "app:1", "honoured"],
  ["init", true, "honoured"],
  ["ipc", "private", "honoured"],
  ["isolation", "default", "warned"],
  ["label_file", ["labels"], "refused"],
  ["labels", { a: "b" }, "honoured"],
  ["links", ["db"], "honoured"],
  ["logging", { driver: "local" }, "honoured"],
  ["mac_address", "02:42:ac:11:00:02", "warned"],
  ["mem_limit", "64m", "honoured"],
  ["mem_reservation", "32m", "honoured"],
  ["mem_swappiness", 10, "warned"],
  ["memswap_limit", "128m", "honoured"],
  ["models", ["llm"], "refused"],
  ["network_mode", "host", "honoured"],
  ["networks", { backend: null }, "honoured"],
  ["oom_kill_disable", true, "warned"],
  ["oom_score_adj", 100, "warned"],
  ["pid", "host", "honoured"],
  ["pids_limit", 100, "honoured"],
  ["platform", "linux/amd64", "honoured"],
  ["ports", ["8000"], "honoured"],
  ["post_start", [{ command: ["true"] }], "refused"],
  ["pre_stop", [{ command: ["true"] }], "refused"],
  ["privileged", true, "honoured"],
  ["profiles", ["debug"], "honoured"],
  ["provider", { type: "model" }, "refused"],
  ["pull_policy", "missing", "honoured"],
  ["pull_refresh_after", "12h", "refused"],
  ["read_only", true, "honoured"],
  ["restart", "always", "honoured"],
  ["runtime", "runc", "honoured"],
  ["scale", 2, "honoured"],
  ["secrets", [{ source: "token", target: "token" }], "honoured"],
  ["security_opt", ["no-new-privileges:true"], "honoured"],
  ["shm_size", "64m", "honoured"],
  ["stdin_open", true, "honoured"],
  ["stop_grace_period", "5s", "honoured"],
  ["stop_signal", "SIGINT", "honoured"],
  ["storage_opt", { size: "1G" }, "honoured"],
  ["sysctls", { "net.core.somaxconn": "1024" }, "honoured"],
  ["tmpfs", ["/tmp"], "honoured"],
  ["tty", true, "honoured"],
  ["ulimits", { nproc: 1024 }, "honoured"],
  ["use_api_socket", true, "refused"],
  ["user", "1000", "honoured"],
  ["userns_mode", "host", "honoured"],
  ["uts", "host", "refused"],
  ["volumes", ["/srv/data:/data"], "honoured"],
  ["volumes_from", ["db"], "honoured"],
  ["working_dir", "/srv", "honoured"],
];

/** Keys below other keys that come to nothing or are refused, by their path. */
const parts: readonly (readonly [path: string, service: Written, outcome: Outcome])[] = [
  ["build.dockerfile_inline", { build: { context: ".", dockerfile_inline: "FROM app" } }, "honoured"],
  ["build.secrets", { build: { context: ".", secrets: [{ source: "key", mode: "0400" }] } }, "honoured"],
  ["build.ssh", { build: { context: ".", ssh: { default: null } } }, "refused"],
  ["build.provenance", { build: { context: ".", provenance: "mode=max" } }, "warned"],
  ["build.provenance", { build: { context: ".", provenance: "false" } }, "honoured"],
  ["build.sbom", { build: { context: ".", sbom: true } }, "warned"],
  ["build.isolation", { build: { context: ".", isolation: "hyperv" } }, "warned"],
  ["build.privileged", { build: { context: ".", privileged: true } }, "refused"],
  ["deploy.mode", { deploy: { mode: "global" } }, "warned"],
  ["deploy.labels", { deploy: { labels: { a: "b" } } }, "warned"],
  ["deploy.placement", { deploy: { placement: { constraints: ["node.role == worker"] } } }, "warned"],
  ["deploy.update_config.delay", { deploy: { update_config: { delay: "5s" } } }, "warned"],
  ["deploy.resources.reservations.cpus", { deploy: { resources: { reservations: { cpus: 1 } } } }, "warned"],
  ["ports.0.published", { ports: [{ target: 80, published: "8000-8005" }] }, "honoured"],
  ["networks.backend.mac_address", { networks: { backend: { mac_address: "02:42:ac:11:00:02" } } }, "warned"],
  ["ports.0.app_protocol", { ports: [{ target: 80, app_protocol: "http" }] }, "warned"],
];

/** What is said of the service `app`, by the paths below it. */
function saidOf(service: Written): { readonly mistakes: string[]; readonly warnings: string[] } {
  const written = {
    services: { app: service, db: { image: "db:1" } },
    networks: { backend: {} },
    configs: { settings: { content: "a" } },
    secrets: { token: { environment: "TOKEN" }, key: { file: "key" } },
  };
  const below = ({ path }: { readonly path: string }) => path.replace(/^services\.app\./, "");
  const { mistakes } = parse(definitionsSchema, written, "", "compose.yaml", {});
  if (mistakes.length > 0) return { mistakes: mistakes.map(below), warnings: [] };
  return { mistakes: [], warnings: warningsIn(modelFrom(written)).map(below) };
}

function assertOutcome(path: string, service: Written, outcome: Outcome): void {
  assert.deepEqual(saidOf(service), {
    mistakes: outcome === "refused" ? [path] : [],
    warnings: outcome === "warned" ? [path] : [],
  });
}

describe("a service's key of the Compose Specification", () => {
  for (const [key, value, outcome] of keys) {
    test(`${key} is ${outcome}`, () => {
      assertOutcome(key, { ...(key === "image" ? {} : { image: "app:1" }), [key]: value }, outcome);
    });
  }
  for (const [path, service, outcome] of parts) {
    test(`${path} is ${outcome}`, () => {
      assertOutcome(path, { image: "app:1", ...service }, outcome);
    });
  }

  test("that it does not have is a mistake", () => {
    assertOutcome("privilege", { image: "app:1", privilege: true }, "refused");
  });
});
