import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster } from "../swarm/cluster.ts";
import { SmallSwarm } from "../swarm/small-swarm.ts";
import { endPlain, mendsItself, startPlain } from "./measured.ts";

const replicas = 3;

describe("a stack in a swarm of one manager, whose nodes fail,", { skip: whyNoCluster() }, () => {
  let swarm: SmallSwarm;

  before(async () => {
    swarm = await SmallSwarm.start({ nodes: 3 });
    await swarm.stack.configure({
      settings: swarm.settings(),
      services: { web: { deploy: { replicas } } },
    });
    succeeded(await swarm.command("up", "--yes"));
    await startPlain(swarm, replicas);
  });

  after(() => swarm.end());

  test("serves on when an engine is killed, and runs elsewhere what ran there", async (t) => {
    const { cluster } = swarm;
    await mendsItself(t, swarm, {
      node: 3,
      happens: () => cluster.end(3, "KILL"),
      told: { seconds: 14.2, lost: 12 },
    });
    assert.doesNotMatch(succeeded(await swarm.command("up", "--yes")).output, /not as the last `up` left/);
    await cluster.restart(3);
    await cluster.untilReady(3);
    await until("the engine has ended what ran on when it was killed", async () => {
      return (await cluster.docker(3, "ps", "--quiet")) === "";
    });
  });

  test("serves on when an engine hangs, and says what is missing", async (t) => {
    const { cluster } = swarm;
    try {
      await mendsItself(t, swarm, {
        node: 2,
        happens: () => cluster.hang(2, true),
        told: { seconds: 18, lost: 12 },
      });
      await saysThatDatabaseIsMissing();
    } finally {
      await cluster.hang(2, false);
    }
    await isWhole();
  });

  test("runs elsewhere what ran on an engine that is stopped, which ends its containers at once", async (t) => {
    const { cluster } = swarm;
    // What was on the second node came here.
    assert.ok((await cluster.runningOn(swarm.named("web"))).includes(await cluster.nodeId(3)));
    await mendsItself(t, swarm, {
      node: 3,
      happens: () => cluster.end(3, "TERM"),
      // Until the swarm finds out, the gateway asks the containers that have ended.
      told: { seconds: 14.2, lost: 40 },
    });
    assert.doesNotMatch(succeeded(await swarm.command("up", "--yes")).output, /not as the last `up` left/);
    await cluster.restart(3);
    await cluster.untilReady(3);
  });

  test("loses what is under way when a link is cut, says what is missing, and has all of it when the link is back", async (t) => {
    const { cluster } = swarm;
    try {
      // The database is on the second node, and cannot run elsewhere.
      await mendsItself(t, swarm, {
        node: 2,
        happens: () => cluster.link(2, "down"),
        told: { seconds: 18, lost: 12 },
      });
      await saysThatDatabaseIsMissing();
    } finally {
      await cluster.link(2, "up");
    }
    await isWhole();
  });

  test("loses nothing while a node is drained", async (t) => {
    const { cluster } = swarm;
    const node = await cluster.nodeId(3);
    const availability = (is: "drain" | "active") =>
      cluster.docker(1, "node", "update", "--availability", is, node);
    // What was on the second node came here.
    assert.ok((await cluster.runningOn(swarm.named("web"))).includes(node));
    await mendsItself(t, swarm, {
      node: 3,
      happens: () => availability("drain"),
      told: { seconds: 14.2, lost: 0 },
    });
    assert.doesNotMatch(succeeded(await swarm.command("up", "--yes")).output, /not as the last `up` left/);
    await availability("active");
  });

  test("leaves nothing but volumes when it is destroyed", async () => {
    await endPlain(swarm);
    succeeded(await swarm.destroy());
  });

  async function saysThatDatabaseIsMissing(): Promise<void> {
    const { code, output } = await swarm.command("up", "--yes");
    assert.notEqual(code, 0, output);
    assert.match(output, /not as the last `up` left it:\n {2}db has 0 of 1 containers running: /);
    assert.match(output, /db: no node can run it: /);
  }

  /** The second node is back: an `up` ends well, and all is where it should be. */
  async function isWhole(): Promise<void> {
    await swarm.cluster.untilReady(2);
    succeeded(await swarm.command("up", "--yes"));
    assert.equal((await swarm.cluster.runningOn(swarm.named("db"))).length, 1);
    succeeded(await swarm.command("status"));
    await swarm.answers(/^first /);
  }
});
