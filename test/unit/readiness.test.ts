import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import {
  judge,
  overdue,
  secondsToHealthy,
  type Moment,
  type Verdict,
} from "../../components/engine/readiness.ts";
import type { Gate } from "../../components/plan/plan.ts";

/** This `up` began at noon, and a minute has passed. */
const since = new Date("2026-01-01T12:00:00Z");
const now = new Date("2026-01-01T12:01:00Z");
const before = "2026-01-01T11:00:00.123456789Z";
const during = "2026-01-01T12:00:30.123456789Z";

interface Seen {
  readonly status?: string;
  readonly exitCode?: number;
  readonly outOfMemory?: boolean;
  readonly startedAt?: string;
  readonly restartCount?: number;
  /** The health that the engine tells, and when the last probe was. */
  readonly health?: {
    readonly status: string;
    readonly probedAt?: string;
    readonly streak?: number;
    /** Exit codes of the probes that the engine remembers, if they are not one that failed. */
    readonly codes?: readonly number[];
  };
  /** Nanoseconds. */
  readonly startPeriod?: number;
  /** The memory limit in bytes; 0 is none. */
  readonly memory?: number;
}

/** What `docker inspect` says of a container, as far as it matters. */
function container({
  status = "running",
  exitCode = 0,
  outOfMemory = false,
  startedAt = before,
  restartCount = 0,
  health,
  startPeriod,
  memory = 0,
}: Seen) {
  return {
    Name: "/shop-app-1",
    RestartCount: restartCount,
    Config: {
      Labels: { "com.docker.compose.service": "app" },
      Healthcheck: startPeriod === undefined ? {} : { StartPeriod: startPeriod },
    },
    HostConfig: { Memory: memory },
    State: {
      Status: status,
      // So the engine has it: a container that is being restarted, or paused, runs.
      Running: ["running", "restarting", "paused"].includes(status),
      Paused: status === "paused",
      Restarting: status === "restarting",
      Dead: status === "dead",
      ExitCode: exitCode,
      OOMKilled: outOfMemory,
      StartedAt: startedAt,
      FinishedAt: "0001-01-01T00:00:00Z",
      ...(health === undefined
        ? {}
        : {
            Health: {
              Status: health.status,
              FailingStreak: health.streak ?? 0,
              Log:
                health.probedAt === undefined
                  ? []
                  : (health.codes ?? [1]).map((code) => ({
                      ...{ Start: health.probedAt, End: health.probedAt, ExitCode: code, Output: "" },
                    })),
            },
          }),
    },
  } as unknown as ContainerInspectInfo;
}

function judged(state: Gate["state"], seen: Seen, moment: Partial<Moment> = {}): Verdict {
  return judge(
    container(seen),
    { state, stays: state !== "completed", timeout: 1000 },
    { now, since, restarts: 0, ...moment },
  );
}

function reason(verdict: Verdict): string {
  assert.equal(verdict.state, "failed");
  return verdict.reason;
}

function advice(verdict: Verdict): string | undefined {
  assert.equal(verdict.state, "failed");
  return verdict.advice;
}

describe("a service with a health check", () => {
  test("is ready when the engine says healthy", () => {
    assert.equal(judged("healthy", { health: { status: "healthy", probedAt: during } }).state, "ready");
  });

  test("is ready at once when it was healthy before this up", () => {
    assert.equal(judged("healthy", { health: { status: "healthy", probedAt: before } }).state, "ready");
  });

  test("is waited for while its health is starting", () => {
    assert.deepEqual(judged("healthy", { health: { status: "starting" } }), {
      state: "waiting",
      detail: "to become healthy",
    });
  });

  test("is waited for, and not failed, while probes fail in its start period", () => {
    const health = { status: "starting", probedAt: during, streak: 9 };
    assert.equal(judged("healthy", { health }).state, "waiting");
  });

  test("fails when it turns unhealthy", () => {
    const health = { status: "unhealthy", probedAt: during, streak: 3 };
    assert.match(reason(judged("healthy", { health })), /unhealthy.*3/);
  });

  test("does not fail by probes that a busy machine did not finish in time", () => {
    const busy = "the machine was too busy";
    const told = (codes: readonly number[], moment: Partial<Moment> = { busy }) =>
      judged("healthy", { health: { status: "unhealthy", probedAt: during, streak: 3, codes } }, moment);
    const waiting = { state: "waiting", detail: "to become healthy; the machine was too busy" };
    assert.deepEqual(told([-1, -1, -1]), waiting);
    assert.deepEqual(told([1, 1, -1]), waiting);
    // A success in between ends a streak.
    assert.deepEqual(told([1, 0, 1, 1, -1]), waiting);
    // Enough others have failed.
    assert.equal(told([1, -1, 1, -1, 1]).state, "failed");
    assert.equal(told([1, 1, 1]).state, "failed");
    // On a quiet machine, a check that hangs has failed.
    assert.equal(told([-1, -1, -1], {}).state, "failed");
  });

  test("that was never healthy may only be slow to start, and is told what to raise", () => {
    const health = { status: "unhealthy", probedAt: during, streak: 3, codes: [1, 1, 1] };
    const told = (seen: Seen) =>
      advice(judged("healthy", { startedAt: "2026-01-01T12:00:10Z", health, ...seen }));
    assert.equal(
      told({ startPeriod: 5e9 }),
      "if the service is only slow to start, raise services.app.healthcheck.start_period (now 5s)",
    );
    const unset =
      "if the service is only slow to start, raise services.app.healthcheck.start_period (not set)";
    assert.equal(told({}), unset);
    assert.equal(told({ startPeriod: 0 }), unset);
    // What was good once is not slow.
    assert.equal(told({ health: { ...health, codes: [0, 1, 1, 1] } }), undefined);
    // Nobody knows, where the engine has forgotten the first probes of before this up.
    const forgotten = { ...health, codes: [1, 1, 1, 1, 1] };
    assert.equal(told({ health: forgotten, startedAt: before }), undefined);
    assert.equal(told({ health: forgotten }), unset);
  });

  test("that was unhealthy before this up is given one more probe", () => {
    const health = { status: "unhealthy", probedAt: before, streak: 3 };
    assert.equal(judged("healthy", { health }).state, "waiting");
    assert.equal(judged("healthy", { health: { ...health, probedAt: during, streak: 4 } }).state, "failed");
  });

  test("is waited for where the engine tells no health yet", () => {
    assert.equal(judged("healthy", {}).state, "waiting");
    assert.equal(judged("healthy", { status: "created" }).state, "waiting");
  });

  test("that is paused is not waited for, whatever its last probe said", () => {
    const verdict = judged("healthy", { status: "paused", health: { status: "healthy", probedAt: before } });
    assert.equal(reason(verdict), "is paused");
    assert.equal(advice(verdict), "docker unpause shop-app-1");
  });
});

for (const gate of ["healthy", "running"] as const) {
  describe(`a service whose gate is ${gate}`, () => {
    test("fails when it has exited, with its exit code", () => {
      assert.match(reason(judged(gate, { status: "exited", exitCode: 3 })), /exited with code 3/);
    });

    test("fails when it has exited without an error, too: a service is meant to stay", () => {
      assert.match(reason(judged(gate, { status: "exited", exitCode: 0 })), /exited with code 0/);
    });

    test("says so when it ran out of memory, and which key gives it more", () => {
      const told = (memory: number) =>
        judged(gate, { status: "exited", exitCode: 137, outOfMemory: true, memory });
      assert.equal(reason(told(64 * 1024 ** 2)), "exited with code 137 (out of memory)");
      assert.equal(
        advice(told(64 * 1024 ** 2)),
        "raise services.app.deploy.resources.limits.memory (now 64M)",
      );
      assert.match(advice(told(2 * 1024 ** 3)) ?? "", /now 2G/);
      assert.equal(
        advice(told(0)),
        "the service has no memory limit, so the machine itself ran out of memory",
      );
    });

    test("is waited for while the engine starts it again", () => {
      const verdict = judged(gate, { status: "restarting", exitCode: 1, restartCount: 1 });
      assert.equal(verdict.state, "waiting");
      assert.match(verdict.detail, /exited with code 1/);
    });

    test("fails when it restarts in a loop", () => {
      const verdict = judged(gate, { status: "restarting", exitCode: 1, restartCount: 3 });
      assert.equal(reason(verdict), "restarts in a loop; it last exited with code 1");
    });

    test("that is just up again in such a loop has ended as it was seen to", () => {
      // So the engine has it: with a start, what was before is forgotten.
      const up: Seen = {
        exitCode: 0,
        restartCount: 3,
        memory: 64 * 1024 ** 2,
        health: { status: "starting" },
      };
      const seen = { status: "restarting", exitCode: 137, outOfMemory: true } as const;
      const verdict = judged(gate, up, { ended: container(seen).State });
      assert.equal(reason(verdict), "restarts in a loop; it last exited with code 137 (out of memory)");
      assert.equal(advice(verdict), "raise services.app.deploy.resources.limits.memory (now 64M)");
      assert.equal(reason(judged(gate, up)), "restarts in a loop");
    });

    test("may have been restarted before the wait for it began", () => {
      const health = { status: "healthy", probedAt: during };
      assert.equal(judged(gate, { restartCount: 40, health }, { restarts: 40 }).state, "ready");
    });

    test("fails when the engine cannot bring it back", () => {
      assert.equal(judged(gate, { status: "dead", exitCode: 1 }).state, "failed");
    });
  });
}

describe("a service without a health check", () => {
  test("is ready when it has stayed up for a second", () => {
    assert.equal(judged("running", { startedAt: "2026-01-01T12:00:58.900Z" }).state, "ready");
    assert.deepEqual(judged("running", { startedAt: "2026-01-01T12:00:59.900Z" }), {
      state: "waiting",
      detail: "to stay up",
    });
  });

  test("is waited for until it starts", () => {
    assert.deepEqual(judged("running", { status: "created" }), { state: "waiting", detail: "to start" });
  });
});

describe("a job", () => {
  test("is waited for while it runs, however long", () => {
    assert.deepEqual(judged("completed", {}), { state: "waiting", detail: "to complete" });
    assert.equal(judged("completed", { status: "created" }).state, "waiting");
  });

  test("is ready when it has ended with exit code 0", () => {
    assert.equal(judged("completed", { status: "exited", exitCode: 0 }).state, "ready");
  });

  test("fails with any other exit code", () => {
    assert.equal(reason(judged("completed", { status: "exited", exitCode: 1 })), "exited with code 1");
    assert.match(
      reason(judged("completed", { status: "exited", exitCode: 137, outOfMemory: true })),
      /memory/,
    );
  });

  test("that has a health check is judged by its end alone", () => {
    const health = { status: "unhealthy", probedAt: during, streak: 3 };
    assert.equal(judged("completed", { health }).state, "waiting");
    assert.equal(judged("completed", { status: "exited", health }).state, "ready");
  });

  test("that the engine starts again after a failure is waited for, but not without an end", () => {
    assert.equal(
      judged("completed", { status: "restarting", exitCode: 1, restartCount: 1 }).state,
      "waiting",
    );
    assert.equal(
      judged("completed", { status: "restarting", exitCode: 1, restartCount: 30 }).state,
      "failed",
    );
  });
});

test("a wait that lasts too long says what did not happen, and what happened instead", () => {
  assert.equal(overdue("to become healthy", 60), "did not become healthy within 60 s");
  assert.equal(
    overdue("to stay up; it exited with code 1", 15),
    "did not stay up within 15 s; it exited with code 1",
  );
  assert.equal(
    overdue("to become healthy; the machine was too busy", 75),
    "did not become healthy within 75 s; the machine was too busy",
  );
});

describe("the time to become healthy", () => {
  const probe = (at: string, code: number) => ({
    Start: `2026-01-01T12:00:${at}Z`,
    End: `2026-01-01T12:00:${at}Z`,
    ExitCode: code,
    Output: "",
  });
  const seconds = (probes: ReturnType<typeof probe>[], startedAt = "2026-01-01T12:00:30.0Z") => {
    const state = { StartedAt: startedAt, Health: { Log: probes } };
    return secondsToHealthy({ State: state } as unknown as ContainerInspectInfo, since);
  };

  test("ends with the first good probe", () => {
    assert.equal(seconds([probe("31.0", 1), probe("32.34", 0), probe("42.0", 0)]), 2.3);
  });

  test("takes no probe from before a restart", () => {
    assert.equal(seconds([probe("20.0", 0), probe("25.0", 0), probe("30.5", 1), probe("31.5", 0)]), 1.5);
    assert.equal(seconds([probe("20.0", 0), probe("25.0", 0)]), undefined);
  });

  test("is not known of a container that was started before this up", () => {
    assert.equal(seconds([probe("32.0", 0)], before), undefined);
  });

  test("is not known without a good probe, or where the engine has forgotten the first", () => {
    assert.equal(seconds([probe("31.0", 1)]), undefined);
    assert.equal(seconds(["31", "32", "33", "34", "35"].map((at) => probe(`${at}.0`, 0))), undefined);
  });
});
