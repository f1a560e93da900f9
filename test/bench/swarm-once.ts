import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkSwarm } from "../../components/checks/swarm.ts";
import { workOnEngine } from "../../components/engine/engine.ts";
import { waitForService } from "../../components/engine/tasks.ts";
import { modelOnSwarm } from "../../components/model/swarm.ts";
import { revisionLabel } from "../../components/plan/package-names.ts";
import { planOf } from "../../components/plan/plan.ts";
import { planForSwarm } from "../../components/plan/swarm.ts";
import { definedService } from "../../components/provider/swarm-service.ts";
import { modelFrom, options } from "../unit/builders.ts";

/**
 * `node swarm-once.ts <services>`: plan, checks and gates of so many services in a swarm, with 5 replicas each. A server
 * answers in a manager's place with services and tasks as a manager tells them. Prints the seconds and the megabytes as JSON.
 */
const replicas = 5;
const size = Number(process.argv[2]);

const folder = mkdtempSync(join(tmpdir(), "bench-swarm-"));
const socket = join(folder, "manager.sock");
let answers: Readonly<Record<"services" | "tasks", string>> = { services: "[]", tasks: "[]" };
const manager = createServer((request, response) => {
  const kind = request.url?.includes("/tasks") === true ? "tasks" : "services";
  response.setHeader("content-type", "application/json").end(answers[kind]);
}).listen(socket);
workOnEngine(`unix://${socket}`);
try {
  const begin = performance.now();
  await bringUp();
  const seconds = Math.round(performance.now() - begin) / 1000;
  // The most that this process had at any time.
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ seconds, megabytes }));
} finally {
  manager.close();
  rmSync(folder, { recursive: true });
}

async function bringUp(): Promise<void> {
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
}
