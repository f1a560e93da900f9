import type { Definitions } from "../../../components/compose-spec/definitions.ts";
import { runCommand, type Finished } from "../../fixture/command.ts";
import { startLoad } from "../../fixture/load.ts";
import { directory, TestStack } from "../../fixture/stack.ts";
import { Terminal } from "../../fixture/terminal.ts";
import { Peer, removePeers } from "../peer.ts";
import { must, type Recorder } from "../recorder.ts";

const gateway = "http://localhost:28190";

/** On ports of the benchmark's. */
const services = (run: string): NonNullable<Definitions["services"]> => ({
  architect: { ports: [{ target: 8000, published: "28191", host_ip: "127.0.0.1" }] },
  "contract-engine": { ports: [{ target: 8000, published: "28192", host_ip: "127.0.0.1" }] },
  "codebase-intelligence": { ports: [{ target: 8000, published: "28193", host_ip: "127.0.0.1" }] },
  traefik: {
    ports: [
      { target: 80, published: "28190" },
      { target: 8080, published: "28194", host_ip: "127.0.0.1" },
    ],
  },
  "orders-service": { environment: { BENCH_RUN: run } },
});

/** What is measured while the stack stands. */
const standing = ["daily", "npm", "preview", "status", "update"] as const;

/** Super Agent Team's stack dev goes through its life once a pair on either side. */
export async function stackDev(recorder: Recorder): Promise<void> {
  if (!recorder.wants(...standing, "first-up", "first-up-seed", "destroy")) return;
  console.log("the stack dev: a first pair, which fills the caches and is not counted");
  const stack = await TestStack.create({ config: "Pulumi.dev.yaml", services: services("0") });
  try {
    must("the first up", await stack.command("up", "--yes"));
    const seed = await Peer.ofStack(stack.project, services("0"), false);
    const tuned = await Peer.ofStack(stack.project, services("0"), true);
    must("the first destroy", await stack.command("destroy", "--yes"));
    must("Compose's first up", await composeUp(tuned));
    await tuned.takeDown(() => tuned.compose("down"));
    await recorder.inPairs(async (pair) => {
      await ours(recorder, stack, String(pair));
      await composes(recorder, tuned, String(pair));
      if (!recorder.wants("first-up-seed")) return;
      await recorder.timed("peer", ["first-up-seed"], () => composeUp(seed));
      await seed.takeDown(() => seed.compose("down"));
    });
  } finally {
    await stack.down();
    await removePeers();
  }
}

async function ours(recorder: Recorder, stack: TestStack, pair: string): Promise<void> {
  await stack.configure({ services: services("0") });
  await recorder.timed("ours", ["first-up", "first-up-seed"], () => stack.command("up", "--yes"));
  if (recorder.wants(...standing)) {
    await recorder.timed("ours", ["daily"], () => stack.command("up", "--yes"));
    if (recorder.wants("npm")) await recorder.timed("ours", ["npm"], () => npmUp(stack));
    await recorder.timed("ours", ["preview"], () => stack.command("preview"));
    await recorder.timed("ours", ["status"], () => stack.command("status"));
  }
  if (recorder.wants("update")) {
    await stack.configure({ services: services(pair) });
    await underRequests(recorder, "ours", () => upAtTerminal(stack));
  }
  await recorder.timed("ours", ["destroy"], () => stack.command("destroy", "--yes"));
}

async function composes(recorder: Recorder, peer: Peer, pair: string): Promise<void> {
  await peer.setRun("0");
  await recorder.timed("peer", ["first-up"], () => composeUp(peer));
  if (recorder.wants(...standing)) {
    await recorder.timed("peer", ["daily", "npm"], () => composeUp(peer));
    await recorder.timed("peer", ["preview"], () => peer.compose("--dry-run", "up", "-d"));
    await recorder.timed("peer", ["status"], () => peer.compose("ps"));
  }
  if (recorder.wants("update")) {
    await peer.setRun(pair);
    await underRequests(recorder, "peer", () => composeUp(peer));
  }
  await peer.takeDown(() => recorder.timed("peer", ["destroy"], () => peer.compose("down")));
}

function composeUp(peer: Peer): Promise<Finished> {
  return peer.compose("up", "-d", "--wait");
}

function npmUp(stack: TestStack): Promise<Finished> {
  const args = ["run", "up", "--", ...stack.options];
  return runCommand("npm", args, { cwd: directory, env: stack.environment });
}

/** By a person who reads the preview in no time. */
async function upAtTerminal(stack: TestStack): Promise<Finished> {
  const command = `pulumi-compose up ${stack.options.join(" ")}`;
  const terminal = Terminal.start(command, { cwd: directory, env: stack.environment });
  await terminal.answer("Do you want to perform this update?", "yes");
  const { code, screen } = await terminal.end();
  return { code, output: screen };
}

async function underRequests(
  recorder: Recorder,
  side: "ours" | "peer",
  run: () => Promise<Finished>,
): Promise<void> {
  // The pause leaves the processors to what is measured.
  const load = startLoad(`${gateway}/api/orders`, { keepAlive: true, pause: 10 });
  try {
    await recorder.timed(side, ["update"], run, async (finished) => {
      must("the update", finished);
      const { requests, failures } = await load.end();
      return { requests: { sent: requests, lost: failures.length } };
    });
  } finally {
    await load.end();
  }
}
