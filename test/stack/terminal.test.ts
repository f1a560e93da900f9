import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import { projectLabel } from "../../components/plan/package-names.ts";
import { Case } from "../cases/case.ts";
import { runCommand } from "../fixture/command.ts";
import { containerIds, docker } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { Terminal } from "../fixture/terminal.ts";

describe("at a terminal", () => {
  describe("pulumi-compose init", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "terminal-"));
      await writeFile(
        join(folder, "compose.yaml"),
        'services: { web: { image: a, environment: { DB_PASSWORD: "${DB_PASSWORD}" } } }\n',
      );
      await writeFile(join(folder, ".env"), "DB_PASSWORD=horse-battery\n");
      await writeFile(join(folder, "package.json"), '{ "name": "shop", "private": true }\n');
    });
    after(() => rm(folder, { recursive: true }));

    test("asks nothing twice, shows no passphrase, and writes what was answered", async () => {
      const before = await readdir(folder);
      const terminal = Terminal.start("pulumi-compose init", { cwd: folder });
      await terminal.answer("Name", "shop");
      await terminal.answer("Variables to keep as secrets", "");
      await terminal.answer("Add to package.json", "");
      await terminal.answer("A passphrase for the secrets", "correct horse");
      await terminal.answer("again", "correct horse");
      const { code, screen } = await terminal.end();
      assert.equal(code, 0, screen);
      assert.doesNotMatch(screen, /correct horse|horse-battery/);
      assert.ok((await readdir(folder)).length > before.length);
      const pulumiYaml = load(await readFile(join(folder, "Pulumi.yaml"), "utf8")) as {
        name: string;
        plugins: unknown;
      };
      assert.equal(pulumiYaml.name, "shop");
      // Before the packages are installed, as here, Pulumi could not make the stack with the plugin.
      const path = "node_modules/pulumi-compose/bin";
      assert.deepEqual(pulumiYaml.plugins, { providers: [{ name: "pulumi-compose", path }] });
      assert.match(await readFile(join(folder, "Pulumi.dev.yaml"), "utf8"), /shop:dbPassword:\n +secure: /);
    });
  });

  describe("pulumi-compose up", () => {
    let project: Case;
    before(async () => {
      project = await Case.create("depends-on-without-common-network");
    });
    after(() => project.remove());

    const up = () =>
      Terminal.start(`pulumi-compose up ${project.stack.options.join(" ")}`, {
        cwd: directory,
        env: { CASE_DIRECTORY: project.folder },
      });

    test("shows what it will do, and does nothing after a no", async () => {
      const terminal = up();
      await terminal.answer("Do you want to perform this update?", "no");
      const { code, screen } = await terminal.end();
      assert.notEqual(code, 0, screen);
      assert.match(screen, /confirmation declined/);
      assert.doesNotMatch(screen, /\[unknown\]|output<string>/);
      assert.deepEqual(await containerIds(project.stack.project), {});
    });

    test("does what it has shown after a yes", async () => {
      const terminal = up();
      await terminal.answer("Do you want to perform this update?", "yes");
      const { code, screen } = await terminal.end();
      assert.equal(code, 0, screen);
      assert.deepEqual(Object.keys(await containerIds(project.stack.project)), ["app", "edge"]);
      assert.doesNotMatch(screen, /\[unknown\]|output<string>/);
      // Of a wait nothing is left at the end.
      for (const [, name = ""] of screen.matchAll(/waits for (\S+)/g))
        assert.ok(screen.lastIndexOf(`waits for ${name}`) < screen.lastIndexOf(`${name} is ready`), name);
    });

    test("destroy --volumes names the data, and removes nothing after a no", async () => {
      const { stack } = project;
      const volume = `${stack.project}_data`;
      await docker("volume", "create", "--label", `${projectLabel}=${stack.project}`, volume);
      const terminal = Terminal.start(`pulumi-compose destroy --volumes ${stack.options.join(" ")}`, {
        cwd: directory,
        env: { CASE_DIRECTORY: project.folder },
      });
      await terminal.answer(`Remove ${volume} with all data, for good?`, "no");
      const { code, screen } = await terminal.end();
      assert.notEqual(code, 0, screen);
      assert.match(screen, /Without --volumes destroy keeps the volumes/);
      assert.deepEqual(Object.keys(await containerIds(stack.project)), ["app", "edge"]);
      assert.equal(await docker("volume", "rm", volume), `${volume}\n`);
    });

    test("in a narrow terminal a line says what became of a container", async () => {
      const typed = `pulumi-compose destroy --yes ${project.stack.options.join(" ")}`;
      const terminal = Terminal.start(`stty columns 80; ${typed}`, {
        cwd: directory,
        env: { CASE_DIRECTORY: project.folder },
      });
      const { code, screen } = await terminal.end();
      assert.equal(code, 0, screen);
      assert.match(screen, /^ - {2}\S+-app-1 deleted/m);
      assert.doesNotMatch(screen, /docker:index|└─/);
    });
  });
});

test("without Pulumi, and without a way to download it, a command says what is missing", async () => {
  const home = await mkdtemp(join(tmpdir(), "pulumi-home-"));
  try {
    const { code, output } = await runCommand("pulumi-compose", ["preview", "--stack", "test"], {
      cwd: directory,
      // Nobody listens on port 9 of this machine.
      env: { PULUMI_HOME: home, HTTPS_PROXY: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" },
    });
    assert.equal(code, 1, output);
    assert.match(
      output,
      /Pulumi's command line [0-9.]+ is not installed, and its download failed\n→ Try again: /,
    );
    assert.doesNotMatch(output, /^ +at /m);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
