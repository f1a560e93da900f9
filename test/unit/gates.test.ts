import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Project } from "../../components/project.ts";
import type * as readiness from "../../engine/readiness.ts";
import { planOf, type Gate } from "../../model/plan.ts";
import { until } from "../fixture/until.ts";
import { options, stack } from "./builders.ts";

/** One container as `docker inspect` shows it, its log, and what asking the engine for something else fails with. */
interface FakeContainer {
  readonly state: Readonly<Record<string, unknown>>;
  readonly restartCount?: number;
  readonly log?: readonly string[];
  readonly logError?: string;
  readonly startError?: string;
  /** What the container is after it was started. */
  readonly started?: Readonly<Record<string, unknown>>;
}

/** The few answers of Docker's API that a gate asks for, without an engine. */
class FakeEngine {
  container: FakeContainer | undefined;
  starts = 0;
  inspections = 0;
  private readonly listeners = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => {
    this.answer(request, response);
  });

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(path, resolve));
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The container changes, and the engine tells of it. */
  change(container: FakeContainer | undefined): void {
    this.container = container;
    for (const listener of this.listeners) listener.write(`${JSON.stringify({ Type: "container" })}\n`);
  }

  private answer({ url = "", method }: IncomingMessage, response: ServerResponse): void {
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (url.startsWith("/info")) {
      json(200, { SystemTime: new Date().toISOString() });
    } else if (url.startsWith("/events")) {
      response.writeHead(200);
      response.flushHeaders();
      this.listeners.add(response);
      response.on("close", () => this.listeners.delete(response));
    } else if (this.container === undefined) {
      json(404, { message: "No such container" });
    } else if (url.includes("/logs")) {
      const { log = [], logError } = this.container;
      if (logError !== undefined) json(501, { message: logError });
      else response.writeHead(200).end(Buffer.concat(log.map(frame)));
    } else if (method === "POST") {
      this.starts += 1;
      const { started, startError } = this.container;
      if (startError !== undefined) {
        json(500, { message: startError });
        return;
      }
      this.container = { ...this.container, state: started ?? {} };
      response.writeHead(204).end();
    } else {
      this.inspections += 1;
      const { state, restartCount = 0 } = this.container;
      json(200, {
        Id: "id",
        Name: "/shop-db-1",
        RestartCount: restartCount,
        Config: { Tty: false },
        NetworkSettings: { Ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "49153" }], "81/tcp": null } },
        State: state,
      });
    }
  }
}

/** A line of output as the engine sends it where there is no terminal. */
function frame(line: string): Buffer {
  const text = Buffer.from(`${line}\n`);
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, text]);
}

const running = { Status: "running", Running: true, StartedAt: "2026-01-01T00:00:00Z", ExitCode: 0 };
const exited = { Status: "exited", Running: false, ExitCode: 3, FinishedAt: "2026-01-01T00:00:00Z" };
const future = "2126-01-01T00:00:00Z";

function withHealth(status: string, output = "connection refused"): Readonly<Record<string, unknown>> {
  const probe = { Start: future, End: future, ExitCode: 1, Output: `${output}\n` };
  return {
    ...running,
    Health: { Status: status, FailingStreak: 3, Log: status === "starting" ? [] : [probe] },
  };
}

const engine = new FakeEngine();
let directory: string;
let gates: typeof readiness;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "gates-"));
  const socket = join(directory, "docker.sock");
  await engine.listen(socket);
  // The program looks for its engine when it is loaded.
  process.env.DOCKER_HOST = `unix://${socket}`;
  gates = await import("../../engine/readiness.ts");
});
after(async () => {
  engine.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  engine.starts = 0;
});

function wait(state: Gate["state"], timeout = 10_000): { opened: Promise<void>; progress: string[] } {
  const progress: string[] = [];
  const opened = gates.waitUntilReady("id", "db", { state, timeout }, (detail) => progress.push(detail));
  return { opened, progress };
}

/** The message of the gate that does not open. */
async function refusal(opened: Promise<void>): Promise<string> {
  const error: unknown = await opened.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof gates.NotReady, String(error));
  return error.message;
}

/** The gate has looked at the container, and waits for the engine to tell more. */
async function waits(progress: readonly string[]): Promise<void> {
  await until("the gate waits", () => Promise.resolve(progress.length > 0));
}

describe("a gate", () => {
  test("opens at once for a container that is ready", async () => {
    engine.container = { state: withHealth("healthy") };
    const { opened, progress } = wait("healthy");
    await opened;
    assert.deepEqual(progress, []);
  });

  test("opens when the engine tells of the change, and says meanwhile what it waits for, once", async () => {
    engine.container = { state: { ...running, Status: "created", Running: false } };
    const { opened, progress } = wait("healthy");
    await waits(progress);
    for (let times = 0; times < 3; times += 1) {
      const { inspections } = engine;
      engine.change({ state: withHealth("starting") });
      await until("the gate looks again", () => Promise.resolve(engine.inspections > inspections));
    }
    engine.change({ state: withHealth("healthy") });
    await opened;
    assert.deepEqual(progress, ["to start", "to turn healthy"]);
  });

  test("of a job opens when it has ended well", async () => {
    engine.container = { state: running };
    const { opened, progress } = wait("completed");
    await waits(progress);
    engine.change({ state: { ...exited, ExitCode: 0, FinishedAt: future } });
    await opened;
  });

  test("of a service without a health check opens when it has stayed up, without an event", async () => {
    engine.container = { state: { ...running, StartedAt: new Date(Date.now() - 800).toISOString() } };
    await wait("running").opened;
  });
});

describe("a gate that does not open names the service, what became of it, the last probe and the log:", () => {
  const log = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);

  test("when the container turns unhealthy", async () => {
    engine.container = { state: withHealth("starting"), log };
    const { opened, progress } = wait("healthy");
    await waits(progress);
    engine.change({ state: withHealth("unhealthy", "connection\nrefused"), log });
    assert.equal(
      await refusal(opened),
      [
        "db is unhealthy: 3 health checks in a row have failed",
        "last health check (exit code 1):",
        "  connection",
        "  refused",
        "last 20 log lines:",
        ...log.slice(-20).map((line) => `  ${line}`),
        "→ mend the cause and run `up` again; the whole log: docker logs shop-db-1",
      ].join("\n"),
    );
  });

  test("when it exits", async () => {
    engine.container = { state: running };
    const { opened, progress } = wait("healthy");
    await waits(progress);
    engine.change({ state: { ...exited, FinishedAt: future } });
    const message = await refusal(opened);
    assert.match(message, /^db exited with code 3\n/);
    assert.match(message, /it logged nothing/);
  });

  test("when it restarts in a loop, counted from when the wait began", async () => {
    engine.container = { state: running, restartCount: 7 };
    const { opened, progress } = wait("healthy");
    await waits(progress);
    engine.change({ state: { ...running, ExitCode: 3 }, restartCount: 10 });
    assert.match(await refusal(opened), /^db restarts in a loop/);
  });

  test("when time is up", async () => {
    engine.container = { state: withHealth("starting"), log: ["still loading"] };
    const message = await refusal(wait("healthy", 100).opened);
    assert.match(message, /^db .*to turn healthy/);
    assert.match(message, /still loading/);
  });

  test("when it was removed, with the command that makes it again", async () => {
    engine.container = undefined;
    assert.match(await refusal(wait("healthy").opened), /^db is gone.*\n.*npm run up/);
  });

  test("when it is removed during the wait", async () => {
    engine.container = { state: running };
    const { opened, progress } = wait("healthy");
    await waits(progress);
    engine.change(undefined);
    assert.match(await refusal(opened), /^db is gone/);
  });

  test("also where its log cannot be read", async () => {
    engine.container = {
      state: withHealth("unhealthy"),
      logError: "configured logging driver does not support reading",
    };
    const message = await refusal(wait("healthy").opened);
    assert.match(message, /^db is unhealthy/);
    assert.match(message, /connection refused/);
    assert.match(message, /does not support reading/);
  });
});

describe("a container that had ended before this up", () => {
  test("is started once more", async () => {
    engine.container = { state: exited, started: withHealth("healthy") };
    await wait("healthy").opened;
    assert.equal(engine.starts, 1);
  });

  test("is started once, and no more when it ends again", async () => {
    engine.container = { state: exited, started: { ...exited, FinishedAt: future } };
    assert.match(await refusal(wait("healthy").opened), /^db exited with code 3/);
    assert.equal(engine.starts, 1);
  });

  test("is left alone where it is a job that succeeded", async () => {
    engine.container = { state: { ...exited, ExitCode: 0 } };
    await wait("completed").opened;
    assert.equal(engine.starts, 0);
  });

  test("is started once more where it is a job that failed", async () => {
    engine.container = { state: exited, started: { ...exited, ExitCode: 0, FinishedAt: future } };
    await wait("completed").opened;
    assert.equal(engine.starts, 1);
  });

  test("and cannot be started, is refused with the engine's own reason", async () => {
    engine.container = { state: exited, startError: "Bind for 0.0.0.0:80 failed: port is already allocated" };
    const message = await refusal(wait("healthy").opened);
    assert.match(message, /^db /);
    assert.match(message, /port is already allocated/);
  });
});

describe("a stack", () => {
  const services = {
    db: { image: "db", healthcheck: { test: "true" }, ports: ["80"], environment: { P: "${dbPassword}" } },
    beside: { image: "beside", depends_on: { db: { condition: "service_started" } } },
    behind: { image: "behind", depends_on: { db: { condition: "service_healthy" } } },
  };
  let made: string[];
  let project: Project;
  before(async () => {
    made = [];
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        if (type.endsWith(":Container")) made.push(name);
        return { id: "id", state: { ...(inputs as object), imageId: "sha256:1" } };
      },
      call: () => ({}),
    });
    engine.container = { state: withHealth("starting") };
    const { Project } = await import("../../components/project.ts");
    project = new Project("shop", {
      plan: planOf(stack({ services }), options),
      buildHashes: {},
      secrets: { dbPassword: pulumi.secret("hunter2") },
      keepVolumes: true,
    });
  });

  test("starts what waits for another's start at once, and what waits for its health only behind it", async () => {
    await until("beside is made", () => Promise.resolve(made.includes("beside")));
    assert.deepEqual(made.toSorted(), ["beside", "db"]);
    engine.change({ state: withHealth("healthy") });
    await until("behind is made", () => Promise.resolve(made.includes("behind")));
  });

  test("tells the ports that the engine chose, and they are no secret although the service has one", async () => {
    const { db } = project.services;
    assert.ok(db);
    const ports = await new Promise((resolve) => {
      db.ports.apply(resolve);
    });
    assert.deepEqual(ports, { "80/tcp": "localhost:49153" });
    assert.equal(await pulumi.isSecret(db.ports), false);
    assert.equal(await pulumi.isSecret(db.ready), false);
  });
});
