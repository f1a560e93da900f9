import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseOf, madeBetween, type Base } from "../../components/changes/base.ts";
import { changesBetween } from "../../components/changes/changes.ts";
import { describeChanges } from "../../components/changes/sentences.ts";
import { checkSwarm } from "../../components/checks/swarm.ts";
import { workOnEngine } from "../../components/engine/engine.ts";
import { waitForService } from "../../components/engine/tasks.ts";
import { modelOnSwarm } from "../../components/model/swarm.ts";
import { revisionLabel } from "../../components/plan/package-names.ts";
import { planOf, type Plan } from "../../components/plan/plan.ts";
import { planForSwarm } from "../../components/plan/swarm.ts";
import { definedService } from "../../components/provider/swarm-service.ts";
import { modelFrom, options } from "../unit/builders.ts";

/**
 * `node swarm-once.ts <services>`: plan, checks, preview and gates of so many services in a swarm, with 5 replicas each. A
 * server answers in a manager's place with services and tasks as a manager tells them. Prints the processor's seconds and the
 * megabytes as JSON: nothing waits for anybody else here, and what the machine does meanwhile does not count.
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
  const before = baseOf(planned("before"), {});
  const begin = process.cpuUsage();
  await bringUp(before);
  const { user, system } = process.cpuUsage(begin);
  const seconds = Math.round((user + system) / 1000) / 1000;
  // The most that this process had at any time.
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ seconds, megabytes }));
} finally {
  manager.close();
  rmSync(folder, { recursive: true });
}

/** @param value Of the variables of each service. */
function planned(value: string): Plan {
  const names = Array.from({ length: size }, (_, index) => `app-${index}`);
  const services = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        image: `registry.example/${name}:1`,
        environment: Object.fromEntries(
          Array.from({ length: 20 }, (_, at) => [`VARIABLE_${at}`, `${value} ${index}`]),
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
  return planForSwarm(planOf(model, options), model);
}

/** What a person is shown of an update that changes every service. */
function preview(before: Base, plan: Plan): string {
  const changes = changesBetween(before, plan, {
    ...madeBetween(before, plan),
    ...{ imagesMade: [], secrets: [], drift: {}, starts: {}, routes: {} },
    ...{ inSwarm: true, routesFromFiles: false },
  });
  return describeChanges(changes);
}

async function bringUp(before: Base): Promise<void> {
  const plan = planned("now");
  if (!preview(before, plan).includes(`${size} services`)) throw new Error("the preview has fewer services");
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
