import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { SwarmStatus } from "../../components/cli/status/swarm-status.ts";
import type { Finished } from "../fixture/command.ts";
import type { Settings } from "../fixture/stack.ts";
import { TlsDoor } from "../fixture/tls-door.ts";
import { succeeded, whyNoCluster } from "../swarm/cluster.ts";
import { SmallSwarm } from "../swarm/small-swarm.ts";

const oneNode = { gateway: 1, data: 1 };

describe(
  "a stack in a swarm whose manager the key engine names, by tcp:// with certificates,",
  {
    skip: whyNoCluster(),
  },
  () => {
    let swarm: SmallSwarm;
    let door: TlsDoor;
    let settings: Settings;

    before(async () => {
      swarm = await SmallSwarm.start({ nodes: 1 });
      const { cluster, stack } = swarm;
      door = await TlsDoor.open(cluster.host(1), cluster.onNetwork);
      const { registry } = cluster;
      settings = {
        ...swarm.settings(undefined, oneNode),
        engine: door.address,
        swarm: { registry: `http://${registry}` },
      };
      await stack.configure({ settings });
    });

    after(async () => {
      // Who takes the stack down is not on the network of the door.
      await swarm.stack.configure({ settings: swarm.settings(undefined, oneNode) });
      await swarm.end();
      await door.close();
    });

    /** What the terminal says leads nowhere. */
    function command(...words: readonly string[]): Promise<Finished> {
      const { cluster, stack } = swarm;
      const elsewhere = { DOCKER_HOST: "unix:///nobody/is/here.sock" };
      const environment = { ...stack.environment, ...elsewhere, ...door.environment };
      return cluster.run(["pulumi-compose", ...words, ...stack.options], environment);
    }

    test("comes up there, also what is built, and then there is nothing to change", async () => {
      succeeded(await command("up", "--yes"));
      await swarm.answers(/^first hello of-somebody-else /);
      const { ok, nodes } = JSON.parse(succeeded(await command("status", "--json")).output) as SwarmStatus;
      assert.deepEqual([ok, nodes.length], [true, 1]);
      const there = await swarm.tasks("traefik", "web", "db");
      succeeded(await command("preview", "--exit-code"));
      succeeded(await command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
      assert.deepEqual(await swarm.tasks("traefik", "web", "db"), there);
    });

    test("is updated without a lost request, and destroyed", async () => {
      await swarm.stack.configure({ settings, services: { web: { environment: { GREETING: "second" } } } });
      const end = await swarm.cluster.startLoad(swarm.web());
      succeeded(await command("up", "--yes"));
      assert.deepEqual(await end(), []);
      await swarm.answers(/^second /);
      succeeded(await command("destroy", "--yes"));
      await swarm.cluster.docker(1, "config", "rm", "banner");
      await swarm.cluster.assertOnlyVolumesLeft(swarm.stack.project);
    });
  },
);
