import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ContainerInspectInfo } from "dockerode";
import { dump, load } from "js-yaml";
import { inspectContainer } from "../fixture/docker.ts";
import { Case } from "./case.ts";

/** Nanoseconds. */
const ms = 1_000_000;

/** As many as make the probes of what starts together come less often. */
const many = 2 * availableParallelism() + 2;

/** Of which the engine's client does not know. */
function startInterval({ Config: { Healthcheck: check } }: ContainerInspectInfo): number {
  return check?.StartInterval ?? 0;
}

/** How many containers had started and not answered their first health check when one started, that one among them. */
function startingWith(
  { State: { StartedAt: at } }: ContainerInspectInfo,
  all: readonly ContainerInspectInfo[],
) {
  const starting = all.filter(({ State: { StartedAt, Health } }) => {
    const answered = Health?.Log[0]?.End;
    assert.ok(answered !== undefined);
    return new Date(StartedAt) <= new Date(at) && new Date(answered) > new Date(at);
  });
  return starting.length;
}

test("a service keeps the start interval that it was made with, however many others start later", async () => {
  const project = await Case.create("start-interval", { environment: { COMPOSE_PARALLEL_LIMIT: "2" } });
  const { stack } = project;
  const seen = (service: string) => inspectContainer(`${stack.project}-${service}-1`);
  try {
    await stack.up();
    const made = await seen("first");
    assert.equal(startInterval(made), 250 * ms);

    const file = join(project.folder, "compose.yaml");
    const { services } = load(await readFile(file, "utf8")) as { services: { first: object } };
    const others = Array.from({ length: many }, (_, index) => [`other-${index}`, services.first] as const);
    await writeFile(file, dump({ services: { ...services, ...Object.fromEntries(others) } }));
    const { output } = await stack.pulumi("preview", "--diff");
    assert.doesNotMatch(output, /(?:~|\+-|\+\+) docker:/);
    const up = await stack.command("up", "--yes");
    assert.equal(up.code, 0, up.output);

    const kept = await seen("first");
    assert.equal(kept.Id, made.Id);
    const later = await Promise.all(others.map(([name]) => seen(name)));
    for (const container of later) assert.ok(startingWith(container, later) <= 2);
    assert.ok(startInterval(await seen("other-0")) > 250 * ms);
    const { code, output: after } = await stack.pulumi("preview", "--expect-no-changes");
    assert.equal(code, 0, after);
  } finally {
    await project.remove();
  }
});
