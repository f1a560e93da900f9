import assert from "node:assert/strict";
import { startLoadThere } from "../fixture/load-there.ts";
import { until } from "../fixture/until.ts";
import type { SmallSwarm } from "../swarm/small-swarm.ts";

/** Takes notes for whoever reads what a test has said. */
export interface Notes {
  readonly diagnostic: (text: string) => void;
}

/** What came of a failure, which docs/swarm.md tells. */
interface Told {
  /** Seconds until as many containers run elsewhere. */
  readonly seconds: number;
  /** Requests that may be lost by four connections. */
  readonly lost: number;
}

/** A service that Docker itself has made, beside those of the stack: what a swarm takes without a stack of ours. */
const plain = "plain";

/** @param replicas So many containers as the stack's web service has. */
export async function startPlain({ cluster }: SmallSwarm, replicas: number): Promise<void> {
  const health = ["--health-cmd", "redis-cli ping", "--health-interval", "1s"];
  const args = [
    "--detach",
    "--with-registry-auth",
    "--name",
    plain,
    "--replicas",
    String(replicas),
    ...health,
  ];
  await cluster.docker(1, "service", "create", ...args, cluster.named("redis:7-alpine"));
  await until("the plain service runs", async () => (await cluster.runningOn(plain)).length === replicas);
}

export async function endPlain({ cluster }: SmallSwarm): Promise<void> {
  await cluster.docker(1, "service", "rm", plain);
}

/**
 * Lets something happen to a node under load, and waits until what ran there runs elsewhere: within twice the time that is
 * told, or that the same swarm takes just now for a service of Docker's own. As many requests as are told may be lost twice.
 *
 * @param node Number of the node.
 * @param asked Number of the manager that is asked meanwhile.
 */
export async function mendsItself(
  notes: Notes,
  swarm: SmallSwarm,
  {
    node,
    happens,
    told,
    asked = 1,
    gateway = 1,
  }: {
    readonly node: number;
    readonly happens: () => Promise<unknown>;
    readonly told: Told;
    readonly asked?: number;
    readonly gateway?: number;
  },
): Promise<void> {
  const { cluster } = swarm;
  const id = await cluster.nodeId(node);
  const services = [swarm.named("web"), plain];
  const before = await Promise.all(services.map((service) => cluster.runningOn(service, asked)));
  const there = before[0]?.filter((other) => other === id).length ?? 0;
  const load = await startLoadThere(cluster.onNetwork, swarm.web({ gateway }));
  const begin = Date.now();
  await happens();
  const [ours = 0, docker = 0] = await Promise.all(
    services.map(async (service, index) => {
      await until(`all of ${service} runs elsewhere`, async () => {
        const nodes: readonly string[] = await cluster.runningOn(service, asked).catch(() => []);
        return nodes.length === before[index]?.length && !nodes.includes(id);
      });
      return (Date.now() - begin) / 1000;
    }),
  );
  const { requests, failures } = await load();
  notes.diagnostic(
    `${there} of ${before[0]?.length ?? 0} elsewhere after ${ours.toFixed(1)} s, a plain service after ${docker.toFixed(1)} s; ` +
      `${failures.length} of ${requests} requests lost`,
  );
  // A connection whose request hangs sends no further one.
  assert.ok(requests > failures.length, "no request was answered");
  assert.ok(failures.length <= 2 * told.lost, failures.join("\n"));
  assert.ok(ours <= 2 * Math.max(told.seconds, docker), `${ours} s, and a plain service ${docker} s`);
}
