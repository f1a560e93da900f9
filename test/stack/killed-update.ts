import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { TestStack } from "../fixture/stack.ts";
import { docker } from "./docker.ts";

/** A `pulumi up` at work. */
export interface RunningUpdate {
  /**
   * Kills it with everything in its process group. The provider, which Pulumi starts in a group of its own, outlives
   * it, as it does when a user's is killed.
   *
   * @returns Whether it was still at work.
   */
  readonly kill: () => Promise<boolean>;
  /** Its exit code, or what ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/**
 * Starts a `pulumi up`.
 *
 * @param onSign Told of every sign of life: a line that Pulumi shows, an event of the engine's in the project.
 */
export function startUpdate(stack: TestStack, onSign: () => void = () => undefined): RunningUpdate {
  const child = stack.start("up", "--yes", "--skip-preview");
  const filter = `label=com.docker.compose.project=${stack.project}`;
  const events = spawn("docker", ["events", "--filter", filter, "--since", new Date().toISOString()], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  for (const { stdout } of [child, events]) {
    if (stdout === null) throw new Error("a sign of life needs a pipe");
    // A dot is Pulumi's own way to say that time passes.
    createInterface({ input: stdout }).on("line", (line) => {
      if (/\w/.test(line)) onSign();
    });
  }
  const ended = endOf(child);
  void ended.then(() => events.kill());
  return {
    ended,
    kill: async () => {
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
      return (await ended) === "SIGKILL";
    },
  };
}

async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) =>
    child.once("exit", (code, signal) => {
      resolve(code ?? signal);
    }),
  );
}

/** What the engine has of a stack is what its state knows, one container a service, and no update is half done. */
export async function assertNoOrphans(stack: TestStack): Promise<void> {
  const { output } = await stack.pulumi("stack", "export");
  const { deployment } = JSON.parse(output) as {
    deployment: { resources: { type: string; id?: string }[]; pending_operations?: unknown[] };
  };
  const known = (type: string) =>
    deployment.resources.flatMap(({ type: other, id = "" }) => (other === type ? [id] : [])).sort();
  assert.deepEqual(deployment.pending_operations ?? [], []);
  const filter = `label=com.docker.compose.project=${stack.project}`;
  const present = async (...command: string[]) =>
    (await docker(...command, "--quiet", "--no-trunc", "--filter", filter)).trim().split("\n").sort();
  assert.deepEqual(await present("ps", "--all"), known("docker:index/container:Container"));
  assert.deepEqual(await present("network", "ls"), known("docker:index/network:Network"));
}
