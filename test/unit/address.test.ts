import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import {
  commandLineAddress,
  providerAddress,
  twoEngines,
  variablesOf,
} from "../../components/engine/address.ts";

const home = await mkdtemp(join(tmpdir(), "home-"));
after(() => rm(home, { recursive: true }));

/** A folder of Docker's settings, as `docker context create` and `docker context use` leave it. */
async function docker(contexts: Readonly<Record<string, string>>, chosen?: string): Promise<string> {
  const folder = await mkdtemp(join(home, "docker-"));
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths: {}, currentContext: chosen }));
  for (const [name, host] of Object.entries(contexts)) {
    const id = createHash("sha256").update(name).digest("hex");
    await mkdir(join(folder, "contexts", "meta", id), { recursive: true });
    const meta = { Name: name, Metadata: {}, Endpoints: { docker: { Host: host, SkipTLSVerify: false } } };
    await writeFile(join(folder, "contexts", "meta", id, "meta.json"), JSON.stringify(meta));
  }
  return folder;
}

const colima = "unix:///home/ada/.colima/docker.sock";
const contexts = { colima, remote: "tcp://build.example:2376" };
const chosen = await docker(contexts, "colima");
const unchosen = await docker(contexts);
await symlink(unchosen, join(home, ".docker"));
const local = "unix:///var/run/docker.sock";

suite("the engine of Docker's command line", () => {
  for (const { title, env, host, from } of [
    { title: "is the local one by default", env: {}, host: local, from: "Docker's default" },
    {
      title: "is that of the chosen context",
      env: { DOCKER_CONFIG: chosen },
      host: colima,
      from: "Docker context colima",
    },
    {
      title: "is that of DOCKER_CONTEXT before the chosen one",
      env: { DOCKER_CONFIG: chosen, DOCKER_CONTEXT: "remote" },
      host: contexts.remote,
      from: "Docker context remote",
    },
    {
      title: "is the local one again in the context default",
      env: { DOCKER_CONFIG: chosen, DOCKER_CONTEXT: "default" },
      host: local,
      from: "Docker's default",
    },
    {
      title: "is DOCKER_HOST before any context",
      env: { DOCKER_CONFIG: chosen, DOCKER_CONTEXT: "remote", DOCKER_HOST: "tcp://here:1" },
      host: "tcp://here:1",
      from: "DOCKER_HOST",
    },
  ]) {
    test(title, () => {
      assert.deepEqual(commandLineAddress({ HOME: home, ...env }), { host, from });
    });
  }

  test("is none in a context that does not exist, which is left to the command line to say", () => {
    const env = { HOME: home, DOCKER_CONTEXT: "nowhere" };
    assert.equal(commandLineAddress(env), undefined);
    assert.deepEqual(variablesOf(env), {});
  });
});

suite("the variables by which every program follows it", () => {
  test("are none where all are at the default", () => {
    assert.deepEqual(variablesOf({ HOME: home }), {});
  });

  test("name the context's engine, and no context, which the provider would prefer", () => {
    assert.deepEqual(variablesOf({ HOME: home, DOCKER_CONFIG: chosen }), { DOCKER_HOST: colima });
    assert.deepEqual(variablesOf({ HOME: home, DOCKER_CONTEXT: "colima", DOCKER_HOST: local }), {
      DOCKER_HOST: local,
      DOCKER_CONTEXT: undefined,
    });
    assert.deepEqual(variablesOf({ HOME: home, DOCKER_CONTEXT: "default" }), { DOCKER_CONTEXT: undefined });
  });

  test("name the context's certificates", async () => {
    const folder = await docker(contexts, "remote");
    const id = createHash("sha256").update("remote").digest("hex");
    const certificates = join(folder, "contexts", "tls", id, "docker");
    await mkdir(certificates, { recursive: true });
    assert.deepEqual(variablesOf({ HOME: home, DOCKER_CONFIG: folder }), {
      DOCKER_HOST: contexts.remote,
      DOCKER_CERT_PATH: certificates,
      DOCKER_TLS_VERIFY: "1",
    });
  });
});

suite("the engine of Pulumi's Docker provider", () => {
  for (const { title, env, config, host } of [
    {
      title: "is the local one whatever context is chosen",
      env: { DOCKER_CONFIG: chosen },
      config: {},
      host: local,
    },
    { title: "is DOCKER_HOST", env: { DOCKER_HOST: "tcp://here:1" }, config: {}, host: "tcp://here:1" },
    {
      title: "is that of DOCKER_CONTEXT before DOCKER_HOST",
      env: { DOCKER_HOST: "tcp://here:1", DOCKER_CONTEXT: "remote" },
      config: {},
      host: contexts.remote,
    },
    {
      title: "is that of the stack's config before DOCKER_HOST",
      env: { DOCKER_HOST: "tcp://here:1" },
      config: { host: "tcp://there:1" },
      host: "tcp://there:1",
    },
    { title: "is that of the config's context", env: {}, config: { context: "colima" }, host: colima },
  ]) {
    test(title, () => {
      assert.equal(providerAddress({ HOME: home, ...env }, config)?.host, host);
    });
  }
});

suite("a Pulumi that was started by itself", () => {
  test("has two engines where only the command line follows the chosen context", () => {
    const found = twoEngines({}, { HOME: home, DOCKER_CONFIG: chosen });
    assert.deepEqual([found?.commandLine.host, found?.provider.host], [colima, local]);
  });

  test("has two engines where DOCKER_HOST and DOCKER_CONTEXT disagree", () => {
    const env = { HOME: home, DOCKER_HOST: "tcp://here:1", DOCKER_CONTEXT: "remote" };
    assert.equal(twoEngines({}, env)?.provider.from, "Docker context remote");
  });

  test("has one engine with the variables that the command sets", () => {
    for (const env of [
      { HOME: home },
      { HOME: home, DOCKER_CONFIG: chosen },
      { HOME: home, DOCKER_HOST: "tcp://here:1", DOCKER_CONTEXT: "remote" },
    ]) {
      assert.equal(twoEngines({}, { ...env, ...variablesOf(env) }), undefined);
    }
  });

  test("has one engine where two paths lead to its socket", async () => {
    const socket = join(home, "docker.sock");
    await writeFile(socket, "");
    await symlink(socket, join(home, "link.sock"));
    const env = { HOME: home, DOCKER_HOST: `unix://${socket}` };
    assert.equal(twoEngines({ host: `unix://${join(home, "link.sock")}` }, env), undefined);
  });
});
