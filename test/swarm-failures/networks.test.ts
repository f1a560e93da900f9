import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lines } from "../fixture/command.ts";
import type { Settings } from "../fixture/stack.ts";
import { succeeded, whyNoCluster, type Cluster } from "../swarm/cluster.ts";
import { SmallSwarm } from "../swarm/small-swarm.ts";

/* The engine gives each overlay network an option and a gateway of its own, which no definition has. */

const mtu = "com.docker.network.driver.mtu";
const options = (size: string) => ({ driver_opts: { [mtu]: size } });

describe(
  "a network of a swarm with options of its driver, or with a subnet",
  { skip: whyNoCluster() },
  () => {
    let swarm: SmallSwarm;
    let cluster: Cluster;

    before(async () => {
      swarm = await SmallSwarm.start({ nodes: 2 });
      ({ cluster } = swarm);
      await swarm.stack.configure({ settings: swarm.settings() });
      succeeded(await swarm.command("up", "--yes"));
      await swarm.answers(/^first /);
    });

    after(() => swarm.end());

    test("is made anew with other options, with the services on the network, on every node", async () => {
      for (const size of ["1400", "1300"]) {
        const [was] = await fronts();
        await configure(options(size));
        const announced = succeeded(await swarm.command("preview", "--markdown")).output;
        assert.match(announced, /\*\*web\*\* is replaced .*its network front is made anew/);
        assert.match(announced, /\n\| web \| replaced \| 2 \| about \d+ s \|/);
        succeeded(await swarm.command("up", "--yes"));
        await swarm.answers(/^first /);
        const is = await fronts();
        assert.equal(is.length, 1);
        assert.notEqual(is[0], was);
        assert.deepEqual(await optionOnNodes(is[0] ?? ""), [size, size]);
        assert.deepEqual(await webHasPacketsOf(size), [true, true]);
      }
      await staysAsItIs();
    });

    test("is again as it was where an `up` failed that made the network anew", async () => {
      const was = await fronts();
      const there = await swarm.tasks("traefik");
      await configure(options("1200"), "sick");
      const { code, output } = await swarm.command("up", "--yes");
      assert.notEqual(code, 0, output);
      assert.equal((await fronts()).length, 2);
      await configure(options("1300"));
      succeeded(await swarm.command("up", "--yes"));
      await swarm.answers(/^first /);
      assert.deepEqual(await fronts(), was);
      assert.notDeepEqual(await swarm.tasks("traefik"), there);
      await staysAsItIs();
    });

    test("is made anew without options", async () => {
      const [was] = await fronts();
      await configure();
      succeeded(await swarm.command("up", "--yes"));
      await swarm.answers(/^first /);
      const is = await fronts();
      assert.equal(is.length, 1);
      assert.notEqual(is[0], was);
      assert.deepEqual(await webHasPacketsOf("1300"), [false, false]);
      await staysAsItIs();
    });

    test("keeps its subnet, and needs another one where it changes", async () => {
      await configure({ ipam: { config: [{ subnet: "10.88.0.0/24" }] } });
      succeeded(await swarm.command("up", "--yes"));
      await swarm.answers(/^first /);
      const [was = ""] = await fronts();
      assert.match(await cluster.docker(1, "network", "inspect", was), /"Subnet": "10\.88\.0\.0\/24"/);
      await staysAsItIs();
      await configure({ ...options("1400"), ipam: { config: [{ subnet: "10.88.0.0/24" }] } });
      const { code, output } = await swarm.command("up", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(
        output,
        /the subnet 10\.88\.0\.0\/24 is that of network `\S+`, which is what this network was before/,
      );
      await configure({ ...options("1400"), ipam: { config: [{ subnet: "10.89.0.0/24" }] } });
      succeeded(await swarm.command("up", "--yes"));
      await swarm.answers(/^first /);
      const is = await fronts();
      assert.equal(is.length, 1);
      assert.notEqual(is[0], was);
      await staysAsItIs();
    });

    test("leaves nothing behind", async () => {
      succeeded(await swarm.destroy());
    });

    /** The database is on an encrypted network as well, which nobody else needs. */
    async function configure(front: object = {}, health = "good"): Promise<void> {
      const settings: Settings = {
        ...swarm.settings(),
        networks: {
          front,
          alone: { driver_opts: { encrypted: "" } },
        },
      };
      const services = {
        db: { networks: { alone: null } },
        web: { environment: { HEALTH: health } },
      };
      await swarm.stack.configure({ settings, services });
    }

    async function staysAsItIs(): Promise<void> {
      const services = ["traefik", "web", "db"];
      const there = await swarm.tasks(...services);
      const networks = await swarm.parts("network");
      succeeded(await swarm.command("pulumi", "preview", "--refresh", "--expect-no-changes"));
      succeeded(await swarm.command("up", "--yes"));
      assert.deepEqual(await swarm.tasks(...services), there);
      assert.deepEqual(await swarm.parts("network"), networks);
    }

    async function fronts(): Promise<readonly string[]> {
      return (await swarm.parts("network")).filter((name) => name.includes("_front-"));
    }

    /** The network's size of a packet, as each node has the option. */
    async function optionOnNodes(network: string): Promise<readonly string[]> {
      const format = `{{index .Options "${mtu}"}}`;
      return Promise.all(
        [1, 2].map(async (node) =>
          (await cluster.docker(node, "network", "inspect", "--format", format, network)).trim(),
        ),
      );
    }

    /** Whether each container of the web service, on whichever node, is on a network with packets of that size. */
    async function webHasPacketsOf(size: string): Promise<readonly boolean[]> {
      // The way between nodes takes 50 bytes of each packet.
      const shell = `cat /sys/class/net/*/mtu | grep -cx ${Number(size) - 50} || true`;
      const filter = ["--filter", "label=com.docker.compose.service=web"];
      const told = [1, 2].map(async (node) => {
        const ids = lines(await cluster.docker(node, "ps", "--quiet", ...filter));
        return Promise.all(ids.map((id) => cluster.docker(node, "exec", id, "sh", "-c", shell)));
      });
      return (await Promise.all(told)).flat().map((count) => count.trim() !== "0");
    }
  },
);
