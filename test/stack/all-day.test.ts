import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Case } from "../cases/case.ts";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { docker } from "../fixture/docker.ts";
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

  test("up", async () => {
    await project.stack.up();
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

  test("a service of a profile runs as a one-off when it is named", async () => {
    const { code, output } = await run(["--detach", "--name", `${project.stack.project}-once`, "worker"]);
    assert.equal(code, 0, output);
  });

  test("a one-off is in no state and in nobody's way, and goes with the stack", async () => {
    const once = `${project.stack.project}-once`;
    const label = '{{index .Config.Labels "com.docker.compose.oneoff"}}';
    assert.equal(await docker("inspect", "--format", label, once), "True\n");
    await assertNoChanges(project.stack);
    const { code, output } = await project.stack.command("destroy", "--yes");
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`Removed what run had left: ${once}`));
  });
});
