import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkSwarm } from "../../components/checks/swarm.ts";
import { table } from "../../components/cli/table.ts";
import { workOnEngine } from "../../components/engine/engine.ts";
import { waitForService } from "../../components/engine/tasks.ts";
import { modelOnSwarm } from "../../components/model/swarm.ts";
import { revisionLabel } from "../../components/plan/package-names.ts";
import { planOf } from "../../components/plan/plan.ts";
import { planForSwarm } from "../../components/plan/swarm.ts";
import { definedService } from "../../components/provider/swarm-service.ts";
import { modelFrom, options } from "../unit/builders.ts";

/**
 * `npm run bench:swarm`: plan, checks and gates of a stack in a swarm, with 5 replicas a service, by its number of services.
 * A server answers in a manager's place with services and tasks as a manager tells them. It fails where 500 services take
 * 10 s or more, or 500 MB.
 */
const sizes = [125, 250, 500];
const replicas = 5;
const most = { seconds: 10, megabytes: 500 };

const folder = mkdtempSync(join(tmpdir(), "bench-swarm-"));
const socket = join(folder, "manager.sock");
let answers: Readonly<Record<"services" | "tasks", string>> = { services: "[]", tasks: "[]" };
const manager = createServer((request, response) => {
  const kind = request.url?.includes("/tasks") === true ? "tasks" : "services";
  response.setHeader("content-type", "application/json").end(answers[kind]);
}).listen(socket);
workOnEngine(`unix://${socket}`);

try {
  const rows: [services: number, seconds: number, megabytes: number][] = [];
  for (const size of sizes) rows.push([size, ...(await measure(size))]);
  console.log(
    table([
      ["SERVICES", "SECONDS", "A SERVICE", "MEMORY"],
      ...rows.map(([size, seconds, megabytes]) => [
        String(size),
        seconds.toFixed(2),
        `${((1000 * seconds) / size).toFixed(1)} ms`,
        `${Math.round(megabytes)} MB`,
      ]),
    ]),
  );
  const isTooMuch = rows.some(
    ([, seconds, megabytes]) => seconds >= most.seconds || megabytes >= most.megabytes,
  );
  if (isTooMuch) process.exitCode = 1;
} finally {
  manager.close();
  rmSync(folder, { recursive: true });
}

async function measure(size: number): Promise<[seconds: number, megabytes: number]> {
  const begin = performance.now();
  const names = Array.from({ length: size }, (_, index) => `app-${index}`);
  const services = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        image: `registry.example/${name}:1`,
        environment: Object.fromEntries(
          Array.from({ length: 20 }, (_, at) => [`VARIABLE_${at}`, String(index)]),
        ),
        healthcheck: { test: ["CMD", "true"] },
        deploy: { replicas },
        ...(index === 0 ? {} : { depends_on: [`app-${Math.floor(index / 4)}`] }),
      },
    ]),
  );
  const written = modelFrom({ services });
  if (checkSwarm(written, {}, "/checkout").length > 0) throw new Error("the stack has mistakes");
  const read = { contents: {}, secretFiles: {}, digests: {} };
  const model = modelOnSwarm(written, { registry: undefined, project: "shop" }, read);
  const plan = planForSwarm(planOf(model, options), model);
  const seen = plan.services.map((service) => {
    const { container, task, labels } = definedService(service, plan);
    const template = { ContainerSpec: container, ...task };
    return {
      ID: service.name,
      Spec: {
        Name: service.name,
        Labels: { ...labels, [revisionLabel]: service.revision },
        TaskTemplate: template,
      },
    };
  });
  const tasks = seen.flatMap(({ ID, Spec }) =>
    Array.from({ length: replicas }, (_, slot) => ({
      ...{ ID: `${ID}.${slot}`, ServiceID: ID, NodeID: "node", Slot: slot, DesiredState: "running" },
      ...{ CreatedAt: "2026-01-01T00:00:00Z", Spec: { ...Spec.TaskTemplate, Runtime: "container" } },
      Status: { State: "running", Timestamp: "2026-01-01T00:00:01Z" },
    })),
  );
  answers = { services: JSON.stringify(seen), tasks: JSON.stringify(tasks) };
  await Promise.all(
    plan.services.map(({ name, revision, gate }) =>
      waitForService(
        name,
        name,
        {
          ...{ revision, label: revisionLabel, project: "shop", replicas },
          ...{ isJob: false, timeout: gate.timeout },
        },
        () => undefined,
      ),
    ),
  );
  return [(performance.now() - begin) / 1000, process.memoryUsage.rss() / 2 ** 20];
}
