import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { lines } from "../fixture/command.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster, type Cluster } from "../swarm/cluster.ts";
import { SmallSwarm } from "../swarm/small-swarm.ts";
import { endPlain, mendsItself, startPlain, type Notes } from "./measured.ts";

/**
 * Seconds until there is another leader, as docs/swarm.md tells. Each manager draws its own time between 10 and 20 s before
 * it asks for votes, and where votes are split, once more.
 */
const newLeader = 20;

const replicas = 3;
/** The gateway and the database are where no leader is killed. */
const elsewhere = { gateway: 2, data: 3 };
const onFirst = { gateway: 1, data: 1 };

describe("a stack in a swarm of three managers, which fail,", { skip: whyNoCluster() }, () => {
  let swarm: SmallSwarm;
  let cluster: Cluster;

  before(async () => {
    swarm = await SmallSwarm.start({ nodes: 3, managers: 3 });
    ({ cluster } = swarm);
    // Whichever manager answers builds the image, and none reaches the registry of the image below it.
    for (const node of [2, 3]) {
      const name = cluster.named("nginx:1.28-alpine");
      await cluster.docker(node, "pull", name);
      await cluster.docker(node, "tag", name, "nginx:1.28-alpine");
    }
    await configure("first", elsewhere);
    succeeded(await swarm.command("up", "--yes"));
    await startPlain(swarm, replicas);
  });

  after(() => swarm.end());

  test("is updated by another manager when the leader, which it asks, is killed", async (t) => {
    assert.equal(await leader([1, 2, 3]), 1);
    await leaderIsKilled(t, 1, elsewhere);
    await configure("second", elsewhere);
    succeeded(await swarm.command("up", "--yes"));
    await swarm.answers(/^second /, elsewhere);
    await isBack(1, 2);
  });

  test("is updated by the manager that it asks when the leader, another one, is killed", async (t) => {
    await configure("third", onFirst);
    succeeded(await swarm.command("up", "--yes"));
    const other = await leader([1, 2, 3]);
    assert.notEqual(other, 1);
    await leaderIsKilled(t, other, onFirst);
    await configure("fourth", onFirst);
    succeeded(await swarm.command("up", "--yes"));
    await swarm.answers(/^fourth /);
    await isBack(other, 1);
  });

  test("says in one sentence that no manager answers, and goes on when they do", async () => {
    // One of three decides nothing.
    for (const node of [2, 3]) await cluster.end(node, "KILL");
    // One that leads notices some seconds later.
    await until("the manager that is left has noticed", async () => (await leader([1])) === 0);
    const { code, output } = await swarm.command("up", "--yes");
    assert.notEqual(code, 0);
    const addresses = [1, 2, 3].map((node) => cluster.host(node)).join(", ");
    assert.deepEqual(lines(output), [
      `no manager of the swarm answers within 5 s: ${addresses}`,
      `→ See whether the machines run, and correct swarm.managers in Pulumi.${swarm.stack.name}.yaml.`,
    ]);
    await cluster.restart(2);
    await isBack(3, 1);
    succeeded(await swarm.command("up", "--yes"));
    await swarm.answers(/^fourth /);
  });

  test("leaves nothing but volumes when it is destroyed", async () => {
    await endPlain(swarm);
    succeeded(await swarm.destroy());
  });

  /** The first node is the manager that every command asks first. */
  async function configure(
    greeting: string,
    places: { readonly gateway: number; readonly data: number },
  ): Promise<void> {
    const managers = [1, 2, 3].map((node) => cluster.host(node));
    await swarm.stack.configure({
      settings: swarm.settings(managers, places),
      services: { web: { environment: { GREETING: greeting }, deploy: { replicas } } },
    });
  }

  /** Kills the leader under load, and holds what comes of it against what is told. */
  async function leaderIsKilled(
    notes: Notes,
    number: number,
    { gateway }: { readonly gateway: number },
  ): Promise<void> {
    const others = [1, 2, 3].filter((node) => node !== number);
    await mendsItself(notes, swarm, {
      node: number,
      happens: async () => {
        const begin = Date.now();
        await cluster.end(number, "KILL");
        await until("there is another leader", async () => (await leader(others)) > 0);
        const seconds = (Date.now() - begin) / 1000;
        notes.diagnostic(`another leader after ${seconds.toFixed(1)} s`);
        assert.ok(seconds <= 2 * newLeader, `${seconds} s`);
      },
      // A new leader finds out for itself that a node is gone.
      told: { seconds: newLeader + 14.2, lost: 12 },
      asked: others[0] ?? 0,
      gateway,
    });
  }

  /** Starts a manager that was killed, and waits until all three have a say. @param asked Number of the node that is asked. */
  async function isBack(number: number, asked: number): Promise<void> {
    await cluster.restart(number);
    await until("all managers are back", async () => {
      const args = ["node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}"];
      const said = lines(await cluster.docker(asked, ...args).catch(() => ""));
      return said.filter((words) => /^Ready (?:Leader|Reachable)$/.test(words)).length === 3;
    });
    // Killed again just now, the engine would keep what it is about to remove.
    await until("the engine has removed the containers that the swarm has forgotten", async () => {
      const format = '{{.Label "com.docker.swarm.task.id"}}';
      const tasks = lines(await cluster.docker(number, "ps", "--all", "--format", format));
      if (tasks.length === 0) return true;
      const known = cluster.docker(asked, "inspect", "--type", "task", ...tasks);
      return known.then(
        () => true,
        () => false,
      );
    });
  }

  /** The number of the node that leads; 0 while none of these knows that it does. */
  async function leader(nodes: readonly number[]): Promise<number> {
    for (const node of nodes) {
      const args = ["node", "inspect", "self", "--format", "{{.ManagerStatus.Leader}}"];
      if ((await cluster.docker(node, ...args).catch(() => "")).trim() === "true") return node;
    }
    return 0;
  }
});
