import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { UpdateReport } from "../../components/cli/update-report.ts";
import { Case } from "../cases/case.ts";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { containerIds, docker } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { directory } from "../fixture/stack.ts";
import { Terminal } from "../fixture/terminal.ts";

/** It has to be written otherwise in a URL. */
const secret = "p@ss/w0rd $1";

describe("a stack, all day long", () => {
  let project: Case;
  before(async () => {
    project = await Case.create("all-day", { environment: { PULUMI_CONFIG_PASSPHRASE: "a passphrase" } });
    const { code, output } = await project.stack.pulumi("config", "set", "--secret", "dbPassword", secret);
    assert.equal(code, 0, output);
  });
  after(() => project.remove());

  /** `pulumi-compose run --stack … <words>`. */
  const run = (words: readonly string[], input?: string): Promise<Finished> =>
    runCommand("pulumi-compose", ["run", ...project.stack.options, ...words], {
      cwd: directory,
      env: project.stack.environment,
      ...(input === undefined ? {} : { input }),
    });

  /** `pulumi-compose up --yes --stack … <words>`. */
  const up = async (...words: readonly string[]): Promise<void> => {
    const { code, output } = await project.stack.command("up", "--yes", ...words);
    assert.equal(code, 0, output);
  };

  /** `pulumi-compose up --yes --json`, its standard output alone. */
  const upForPrograms = async (): Promise<{ readonly code: number; readonly report: UpdateReport }> => {
    const words = ["pulumi-compose", "up", "--yes", "--json", ...project.stack.options].join(" ");
    const { code, output } = await runCommand("sh", ["-c", `${words} 2>/dev/null`], {
      cwd: directory,
      env: project.stack.environment,
    });
    return { code, report: JSON.parse(output) as UpdateReport };
  };

  /** What the program exports of each service. */
  const outputs = async (): Promise<Record<string, unknown>> => {
    const { output } = await project.stack.pulumi("stack", "output", "services", "--json");
    return JSON.parse(output) as Record<string, unknown>;
  };

  const define = async (change: (text: string) => string): Promise<void> => {
    const file = join(project.folder, "compose.yaml");
    await writeFile(file, change(await readFile(file, "utf8")));
  };

  test("a one-off is refused before what it depends on is up, with the command", async () => {
    const { code, output } = await run(["web", "true"]);
    assert.equal(code, 1);
    assert.match(
      output,
      /^web depends on what is not up:\n {2}db is not there\n→ npx pulumi-compose up db --stack /,
    );
    const nosuch = await run(["wep"]);
    assert.match(nosuch.output, /has no service wep\n→ did you mean `web`\?/);
  });

  test("up of a service that is not there is a mistake, with the nearest name or the profile", async () => {
    const misspelt = await project.stack.command("up", "--yes", "wep");
    assert.equal(misspelt.code, 1);
    assert.match(
      misspelt.output,
      /services\.wep\n +there is no service `wep` \[unknown-service\]\n +→ did you mean `web`\?/,
    );
    const hidden = await project.stack.command("preview", "worker");
    assert.match(
      hidden.output,
      /of the profile `workers`, which the stack does not have .*\n +→ add the profile: --profile workers/,
    );
  });

  test("up of a service in an empty stack makes the service and what it depends on, and nothing else", async () => {
    await up("web");
    assert.deepEqual(Object.keys(await containerIds(project.stack.project)).sort(), ["db", "web"]);
    assert.deepEqual(Object.keys(await outputs()).sort(), ["db", "web"]);
    const networks = await docker(
      "network",
      "ls",
      "--format",
      "{{.Name}}",
      "--filter",
      `name=${project.stack.project}`,
    );
    assert.deepEqual(lines(networks), [`${project.stack.project}_back`]);
  });

  test("a one-off has the service's image, environment, secrets, networks, volumes and user", async () => {
    const say =
      'cat /page /run/secrets/password; echo; echo "$URL $PRICE $MORE $(id -u) $PWD"; getent hosts db | tr -s " "';
    const { code, output } = await run(["--rm", "-e", "MORE=a b", "-w", "/data", "web", "sh", "-c", say]);
    assert.equal(code, 0, output);
    const address = await docker(
      "inspect",
      "--format",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      `${project.stack.project}-db-1`,
    );
    assert.deepEqual(lines(output), [
      "first",
      secret,
      "redis://web:p%40ss%2Fw0rd%20%241@db 5$ a b 1000 /data",
      `${address.trim()} db`,
    ]);
  });

  test("a one-off reads what is piped to it, and its exit code is passed on", async () => {
    const { code, output } = await run(["--rm", "web", "sh", "-c", "tr a-z A-Z; exit 7"], "shout");
    assert.equal(output, "SHOUT");
    assert.equal(code, 7);
  });

  test("a one-off has the terminal that there is", async () => {
    const command = `pulumi-compose run ${project.stack.options.join(" ")} --rm web sh -c "test -t 0 && echo terminal"`;
    const terminal = Terminal.start(command, { cwd: directory, env: project.stack.environment });
    const { code, screen } = await terminal.end();
    assert.match(screen, /terminal/);
    assert.equal(code, 0);
  });

  test("the next up without a service makes the rest, and tells programs as JSON", async () => {
    const { code, report } = await upForPrograms();
    assert.equal(code, 0);
    const { stack: name, outcome, services, failures } = report;
    assert.deepEqual([name, outcome, failures], [project.stack.name, "succeeded", []]);
    assert.deepEqual(
      services.map(({ service, state }) => `${service} ${state}`),
      ["api running", "db running", "web running"],
    );
    assert.deepEqual(Object.keys(await containerIds(project.stack.project)).sort(), ["api", "db", "web"]);
    assert.deepEqual(Object.keys(await outputs()).sort(), ["api", "db", "web"]);
    await assertNoChanges(project.stack);
  });

  test("up of a service leaves another alone whose definition has changed, and its outputs are right", async () => {
    const [before, outputsBefore] = [await containerIds(project.stack.project), await outputs()];
    await define((text) => text.replace("${API_LEVEL:-info}", "debug").replace("${DB_LEVEL:-info}", "debug"));
    const preview = await project.stack.command("preview", "db");
    assert.match(preview.output, / \S+-db-1 replace$/m);
    assert.doesNotMatch(preview.output, / \S+-(?:api|web)-1 /);
    await up("db");
    const [after, outputsAfter] = [await containerIds(project.stack.project), await outputs()];
    assert.deepEqual({ ...after, db: "" }, { ...before, db: "" });
    assert.notEqual(after.db, before.db);
    assert.deepEqual({ ...outputsAfter, db: "" }, { ...outputsBefore, db: "" });
    await up();
    assert.notEqual((await containerIds(project.stack.project)).api, before.api);
    await assertNoChanges(project.stack);
  });

  test("build changes no container, and the next up takes what build made", async () => {
    const { web } = await containerIds(project.stack.project);
    const refused = await project.stack.command("build", "db");
    assert.match(refused.output, /^db has no build: its image is pulled\n/);
    const built = await project.stack.command("build", "--no-cache", "web");
    assert.equal(built.code, 0, built.output);
    assert.equal((await containerIds(project.stack.project)).web, web);
    const preview = await project.stack.command("preview");
    assert.match(preview.output, /web is replaced /);
    await up();
    assert.notEqual((await containerIds(project.stack.project)).web, web);
    await assertNoChanges(project.stack);
  });

  test("up --json says which gate failed, and why", async () => {
    const file = join(project.folder, "compose.yaml");
    const text = await readFile(file, "utf8");
    await define((good) =>
      good.replace(/command: .*\n( +environment: .*\n +networks: \[front\])/, 'command: ["false"]\n$1'),
    );
    const { code, report } = await upForPrograms();
    assert.notEqual(code, 0);
    assert.equal(report.outcome, "failed");
    const failure = report.failures.find(({ resource }) => resource === `${project.stack.project}-api-1`);
    assert.match(failure?.message ?? "", /api exited with code 1/);
    await writeFile(file, text);
    await up();
  });

  test("up --profile adds a profile to what runs, and the next up leaves it there", async () => {
    const ids = await containerIds(project.stack.project);
    await up("--profile", "workers");
    const { worker, ...others } = await containerIds(project.stack.project);
    assert.ok(worker);
    assert.deepEqual(others, ids);
    const { code, output } = await project.stack.command("preview", "--exit-code");
    assert.equal(code, 0, output);
    assert.match(output, /added by `up --profile`, and no part .*: workers/);
    await up();
    assert.equal((await containerIds(project.stack.project)).worker, worker);
  });

  test("a service of a profile runs as a one-off when it is named", async () => {
    const { code, output } = await run(["--detach", "--name", `${project.stack.project}-once`, "worker"]);
    assert.equal(code, 0, output);
    const preview = await project.stack.command("preview", "--exit-code");
    assert.equal(preview.code, 0, preview.output);
  });

  test("a one-off is in no state and in nobody's way, and goes with the stack", async () => {
    const once = `${project.stack.project}-once`;
    const label = '{{index .Config.Labels "com.docker.compose.oneoff"}}';
    assert.equal(await docker("inspect", "--format", label, once), "True\n");
    const { code, output } = await project.stack.command("destroy", "--yes");
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Removed what run had left: ${once}`));
  });
});
