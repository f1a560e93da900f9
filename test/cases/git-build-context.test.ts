import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspectContainer } from "../fixture/docker.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { freePorts } from "../fixture/ports.ts";
import { until } from "../fixture/until.ts";
import { Case } from "./case.ts";

const folder = "git-build-context";

test("what is built from a git repository, a tarball or a text runs", async (t) => {
  const served = await mkdtemp(join(tmpdir(), "served-"));
  t.after(() => rm(served, { recursive: true, force: true }));
  await makeRepository(join(served, "tool.git"));

  const [gitPort = 0] = await freePorts(1);
  const options = ["--export-all", `--base-path=${served}`, "--listen=127.0.0.1", `--port=${gitPort}`];
  const daemon = spawn("git", ["daemon", "--reuseaddr", ...options, served], { stdio: "ignore" });
  t.after(() => daemon.kill());
  await until("the git server answers", () => answers(gitPort));
  const tar = await readFile(join(served, "tool.tar"));
  const web = createServer((_request, response) => response.end(tar)).listen(0, "127.0.0.1");
  t.after(() => web.close());
  await once(web, "listening");

  const project = await Case.create(folder, {
    environment: { GIT_PORT: String(gitPort), WEB_PORT: String((web.address() as AddressInfo).port) },
  });
  try {
    await project.stack.up();
    const said = async (service: string, file: string) =>
      (await project.stack.exec(service, "cat", file)).output;
    assert.match(await said("tool", "/note"), /^on the branch, hello/);
    assert.match(await said("tarball", "/note"), /^on the branch/);
    assert.match(await said("job", "/note"), /^from the project/);
    const { Config: config } = await inspectContainer(`${project.stack.project}-tool-1`);
    assert.equal(config.Cmd.join(" "), "sleep infinity");
    await assertNoChanges(project.stack);
  } finally {
    await project.remove();
  }
});

/** A repository whose branch `stable` has a folder to build, and the same folder in a tarball beside the repository. */
async function makeRepository(path: string): Promise<void> {
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...words], {
      cwd: path,
      stdio: ["ignore", "pipe", "ignore"],
    });
  await mkdir(join(path, "app", "docker"), { recursive: true });
  git("init", "--initial-branch", "main");
  git("commit", "--allow-empty", "--message", "nothing");
  git("checkout", "-b", "stable");
  await writeFile(join(path, "app", "note"), "on the branch\n");
  const dockerfile =
    'FROM debian:bookworm-slim\nARG GREETING\nCOPY note /source\nRUN echo "$(cat /source), $GREETING" > /note\n';
  await writeFile(join(path, "app", "docker", "Dockerfile"), dockerfile);
  await writeFile(join(path, "app", "Dockerfile"), dockerfile);
  git("add", ".");
  git("commit", "--message", "a tool");
  git("checkout", "main");
  execFileSync("git", ["archive", "--output", "../tool.tar", "stable:app"], { cwd: path });
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => {
      resolve(false);
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
