import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Definitions } from "../../components/compose-spec/definitions.ts";
import { startUpdate } from "../fixture/killed-update.ts";
import type { Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster } from "../swarm/cluster.ts";
import { SmallSwarm } from "../swarm/small-swarm.ts";

/** Types in Pulumi's state of what a swarm has by name. */
const types = {
  service: "docker:index/service:Service",
  config: "docker:index/serviceConfig:ServiceConfig",
  secret: "docker:index/secret:Secret",
  network: "docker:index/network:Network",
} as const;

interface Deployment {
  readonly resources: readonly {
    readonly type: string;
    readonly inputs?: { readonly name?: string; readonly taskSpec?: object };
  }[];
  readonly pending_operations?: readonly object[];
}

describe("an up in a swarm that is killed", { skip: whyNoCluster() }, () => {
  let swarm: SmallSwarm;

  before(async () => {
    swarm = await SmallSwarm.start({ nodes: 3 });
  });

  after(() => swarm.end());

  test("as the first secret is made is finished by the next one", async () => {
    await configure();
    await killed("a secret is there", async () => (await swarm.parts("secret")).length > 0);
    await converges(/^first /);
  });

  test("as another secret and another config are made is finished by the next one", async () => {
    const secrets = (await swarm.parts("secret")).length;
    const configs = { page: { content: "welcome" } };
    await configure({ settings: { password: "another-4711", configs } });
    await killed("another secret is there", async () => (await swarm.parts("secret")).length > secrets);
    await converges(/^first welcome /);
  });

  test("as a service is made is finished by the next one", async () => {
    succeeded(await swarm.command("destroy", "--yes"));
    await configure();
    await killed("a service is there", async () => (await swarm.parts("service")).length > 0);
    await converges(/^first hello /);
  });

  test("while the gate of an update waits is followed by one with other definitions", async () => {
    // In the first hour a container is neither healthy nor unhealthy.
    const healthcheck = { test: ["CMD", "false"], start_period: "1h" };
    await configure({ services: { web: { environment: { GREETING: "second" }, healthcheck } } });
    await killed("the update is noted, and a container starts", async () => {
      const { resources, pending_operations: pending = [] } = await noted();
      const services = resources.filter(({ type }) => type === types.service);
      const isNoted = services.some(({ inputs }) => JSON.stringify(inputs).includes('"CMD","false"'));
      if (pending.length > 0 || !isNoted) return false;
      const args = ["--filter", "desired-state=running", "--format", "{{.CurrentState}}"];
      return (await swarm.cluster.docker(1, "service", "ps", ...args, swarm.named("web"))).includes(
        "Starting",
      );
    });
    await configure({ services: { web: { environment: { GREETING: "third" } } } });
    await converges(/^third /);
  });

  test("leaves nothing but volumes when the stack is destroyed", async () => {
    succeeded(await swarm.destroy());
  });

  async function configure({
    settings = {},
    services = {},
  }: {
    readonly settings?: Settings;
    readonly services?: NonNullable<Definitions["services"]>;
  } = {}): Promise<void> {
    await swarm.stack.configure({ settings: { ...swarm.settings(), ...settings }, services });
  }

  /** Starts an `up`, and kills all of its process group at a moment. */
  async function killed(moment: string, hasCome: () => Promise<boolean>): Promise<void> {
    const update = startUpdate(swarm.stack);
    await until(moment, hasCome);
    assert.ok(await update.kill(), "the update was over");
  }

  /** The next `up` ends well, and the swarm then has what the state knows, and nothing else of the stack. */
  async function converges(page: RegExp): Promise<void> {
    succeeded(await swarm.command("up", "--yes"));
    await swarm.answers(page);
    succeeded(await swarm.command("status"));
    const { resources, pending_operations: pending = [] } = await noted();
    assert.deepEqual(pending, []);
    for (const [kind, type] of Object.entries(types) as [keyof typeof types, string][]) {
      const known = resources.flatMap((resource) =>
        resource.type === type ? [resource.inputs?.name ?? ""] : [],
      );
      assert.deepEqual(await swarm.parts(kind), known.toSorted(), kind);
    }
    const again = ["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"];
    succeeded(await swarm.command("pulumi", ...again));
  }

  async function noted(): Promise<Deployment> {
    const { output } = succeeded(await swarm.stack.pulumi("stack", "export"));
    return (JSON.parse(output) as { readonly deployment: Deployment }).deployment;
  }
});
