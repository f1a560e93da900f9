import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { registryProgram } from "../../scripts/setup/registry.mjs";
import { containerIds, docker } from "../fixture/docker.ts";
import { assertNoChanges, assertNoDrift } from "../fixture/no-changes.ts";
import { lines, runCommand } from "../fixture/command.ts";
import { login } from "../fixture/private-registry.ts";
import { directory, type TestStack } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { registry, startPrivateRegistry } from "./private-registry.ts";
import { whyNoServer, type Server } from "./server.ts";
import { ShopOnServer } from "./shop-on-server.ts";

const skip = whyNoServer() ?? false;
const noRegistry = existsSync(registryProgram) ? false : "set-up has no registry for this machine";
const folder = "test/remote/shop";
/** Requests about one container, network, volume or image, and about none in particular, in an `up` that changes nothing. */
const mostOfAThing = 6;
const mostOfAll = 30;

const serviceLabel = '{{.Label "com.docker.compose.service"}}';

describe("a stack on a server that has Docker, and none of these files", { skip }, () => {
  let onServer: ShopOnServer;
  let server: Server;
  let stack: TestStack;
  before(async () => {
    // The password of a registry is locked by it.
    onServer = await ShopOnServer.start({ environment: { PULUMI_CONFIG_PASSPHRASE: "correct horse" } });
    ({ server, stack } = onServer);
  });
  after(() => onServer.end());

  for (const [title, engine, expected] of [
    ["that does not answer", "deploy@<name>:2223", /cannot be reached by SSH: .*refused/],
    ["whose host key is not known", "deploy@unknown-<name>:2222", /the host key .* is not known here/],
    ["that lets the user in, but not to the engine", "stranger@<name>:2222", /may not use the engine/],
  ] as const) {
    test(`a server ${title} is told in a sentence, with what to do, and nothing is touched`, async () => {
      const address = `ssh://${engine.replace("<name>", server.name)}`;
      await onServer.configure({}, { engine: address });
      const { code, output } = await stack.command("up", "--yes");
      assert.equal(code, 1, output);
      assert.match(output, expected);
      assert.match(output, /^→ /m);
      assert.doesNotMatch(output, /^\s+at /m);
    });
  }

  test("comes up by one connection, and then there is nothing to change", async () => {
    await onServer.configure();
    const logIns = await server.logIns();
    await stack.recover();
    const services = ["gateway", "page", "shop"];
    assert.deepEqual(lines(await server.docker("ps", "--format", serviceLabel)).toSorted(), services);
    assert.deepEqual(await containerIds(stack.project), {}, "this machine's own engine has nothing of it");
    await assertNoChanges(stack);
    await assertNoDrift(stack);
    assert.equal(await server.logIns(), logIns + 1);
  });

  // An update by Pulumi alone was the last, so that the first of these is left to Pulumi, too.
  for (const [which, words] of [
    ["where Pulumi finds nothing to change", /unchanged/],
    ["where the program's rehearsal finds nothing to change", /Nothing to change/],
  ] as const)
    test(`asks the engine little ${which}, and of a service no more than a few things`, async () => {
      const asked = await server.requestsDuring(async () => {
        const { code, output } = await stack.command("up", "--yes");
        assert.equal(code, 0, output);
        assert.match(output, words);
      });
      const things = [
        ...lines(await server.docker("ps", "--quiet", "--no-trunc")),
        ...lines(await server.docker("network", "ls", "--quiet", "--no-trunc")),
        ...lines(await server.docker("volume", "ls", "--quiet")),
        ...lines(await server.docker("ps", "--format", "{{.Image}}")),
      ];
      const about = (thing: string) =>
        asked.filter(
          (request) => request.includes(`/${encodeURIComponent(thing)}/`) || request.includes(`/${thing}`),
        );
      for (const thing of things) {
        const found = about(thing);
        assert.ok(found.length <= mostOfAThing, `${found.length} of ${thing}:\n${found.join("\n")}`);
      }
      const others = asked.filter((request) => !things.some((thing) => about(thing).includes(request)));
      assert.ok(others.length <= mostOfAll, `${others.length}:\n${others.join("\n")}`);
    });

  test("has the project's files as content, with the owner and the mode that the definitions say", async () => {
    const page = await containerOf("page");
    const [secret, config] = ["/run/secrets/token", "/etc/nginx/conf.d/default.conf"];
    const modes = await server.docker("exec", page, "stat", "-c", "%u:%g %a", secret, config);
    assert.deepEqual(lines(modes), ["101:101 400", "0:0 444"]);
    assert.equal(
      await server.docker("exec", page, "cat", secret),
      await readFile(join(directory, folder, "token.txt"), "utf8"),
    );
    const gateway = await containerOf("gateway");
    assert.match(await server.docker("exec", gateway, "cat", "/etc/traefik/traefik.yml"), /^entryPoints:/);
    assert.match(await server.docker("inspect", gateway), /"ReadonlyRootfs": true/);
    const profile = await server.docker(
      "inspect",
      "--format",
      "{{.HostConfig.SecurityOpt}}",
      await containerOf("shop"),
    );
    assert.match(profile, /"defaultAction":"SCMP_ACT_ALLOW"/);
    // Without what .dockerignore names.
    assert.equal(await server.docker("exec", page, "ls", "/page"), "Dockerfile\npage.txt\n");
    assert.equal(await server.engine.inside("ls -d /run/uploads"), "/run/uploads\n");
    assert.ok(!existsSync("/run/uploads"), "a folder of the server is none of this machine's");
    const { output } = await stack.pulumi("stack", "export");
    assert.ok(!output.includes("a-token-that-nobody-sees"));
    assert.ok(!(await server.docker("inspect", page)).includes("a-token-that-nobody-sees"));
  });

  test("is updated without a lost request, by routes that reach the gateway through the engine", async () => {
    const end = await server.load("http://127.0.0.1/page");
    await onServer.configure({ page: { environment: { REVISION: "2" } } });
    const { code, output } = await stack.command("up", "--yes");
    const { requests, failures } = await end();
    assert.equal(code, 0, output);
    assert.match(output, /page-1 replaced/);
    assert.doesNotMatch(output, /does not answer/);
    assert.deepEqual(failures, []);
    assert.ok(requests > 100, `only ${requests} requests`);
    await assertNoChanges(stack);
  });

  test("is rolled back without a lost request, and programs are told what came of it", async () => {
    const end = await server.load("http://127.0.0.1/page");
    const { code, output } = await stack.command("rollback", "--yes", "--json");
    const { failures } = await end();
    assert.equal(code, 0, output);
    assert.match(output, /"outcome": "succeeded"/);
    assert.deepEqual(failures, []);
    const variables = await server.docker(
      "inspect",
      "--format",
      "{{.Config.Env}}",
      await containerOf("page"),
    );
    assert.doesNotMatch(variables, /REVISION/);
    const none = await stack.command("rollback", "--to", "9", "--yes", "--json");
    assert.match(none.output, /"outcome": "failed"/);
    assert.match(none.output, /has no update 9/);
  });

  test("is sent an image that only this machine has, and no second time", async () => {
    const image = `${stack.project}-sent:1`;
    await docker("tag", "redis:7-alpine", image);
    try {
      const { code, output } = await stack.command("send", image);
      assert.equal(code, 0, output);
      assert.match(output, /: \d+ of some \d+ MB\n/);
      assert.match(await server.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}"), RegExp(image));
      assert.match((await stack.command("send", image)).output, /has it already/);
    } finally {
      await docker("rmi", image);
    }
    const { output } = await stack.command("send", "nobody/has-this:1");
    assert.match(output, /^this machine has no image nobody\/has-this:1\n→ /m);
  });

  test("has its machine looked at by doctor, and the host ports there that others have", async () => {
    const { code, output } = await stack.command("doctor");
    assert.equal(code, 0, output);
    assert.match(output, /ports there +nobody else has one that the stack wants/);
    assert.match(output, /memory there +[\d.]+ GiB, \d+ processors/);
    assert.match(output, /disk there +[\d.]+ GiB of [\d.]+ GiB free at /);
    assert.match(output, /clock there +the same as this machine's/);
    await server.docker("run", "--detach", "--name", "other", "--publish", "8081:80", "nginx:1.28-alpine");
    try {
      // On port 2222 OpenSSH listens.
      const shop = {
        ports: [
          { target: 81, published: "8081" },
          { target: 82, published: "2222" },
        ],
      };
      await onServer.configure({ shop });
      const taken = await stack.command("doctor");
      assert.equal(taken.code, 1, taken.output);
      assert.match(
        taken.output,
        /services\.shop\.ports\.\d: host port 8081 is already used by container `other`/,
      );
      assert.match(
        taken.output,
        /services\.shop\.ports\.\d: host port 2222 is already used by another process/,
      );
    } finally {
      await server.docker("rm", "--force", "other");
      await onServer.configure();
    }
  });

  test("runs a one-off there, and refuses one that would need files of this machine", async () => {
    // What stands behind the service is the command's own.
    const run = (command: string, ...words: readonly string[]) =>
      runCommand("pulumi-compose", [command, ...stack.options, ...words], {
        cwd: directory,
        env: stack.environment,
      });
    const { code, output } = await run("run", "--rm", "shop", "cat", "/etc/hostname");
    assert.equal(code, 0, output);
    assert.match(output, /^[0-9a-f]{12}$/m);
    const refused = await run("run", "--rm", "page", "true");
    assert.equal(refused.code, 1, refused.output);
    assert.match(
      refused.output,
      /page reads \S+, which a one-off cannot have where the stack's engine is on another machine/,
    );
    assert.match(
      refused.output,
      /→ run the command in a container of the service: npx pulumi-compose exec page /,
    );
    const inside = await run("exec", "page", "cat", "/page/page.txt");
    assert.equal(inside.output, "page\n");
  });

  test(
    "pulls an image of a private registry there by a login of stack config",
    { skip: noRegistry },
    async () => {
      await startPrivateRegistry(server, "nginx:1.28-alpine", "private:1");
      const image = `${registry}/private:1`;
      const settings = {
        profiles: ["private"],
        registryAuth: { [registry]: { username: login.username, password: "${registryPassword}" } },
      };
      await onServer.configure({}, settings);
      const withPassword = async (password: string) => {
        const set = await stack.pulumi("config", "set", "--secret", "registryPassword", password);
        assert.equal(set.code, 0, set.output);
        return stack.command("up", "--yes");
      };
      const page = await containerOf("page");
      const refused = await withPassword("the-wrong-one");
      assert.equal(refused.code, 1, refused.output);
      assert.match(
        refused.output,
        /services\.private\.image\n.*does not show the image to the login of registryAuth\.127\.0\.0\.1:5000/,
      );
      assert.doesNotMatch(refused.output, /the-wrong-one|^\s+at /m);
      const { code, output } = await withPassword(login.password);
      assert.equal(code, 0, output);
      assert.match(await server.docker("ps", "--format", "{{.Image}}"), RegExp(`^${image}$`, "m"));
      assert.equal(await containerOf("page"), page, "a login replaces nothing");
      assert.ok(!(await stack.pulumi("stack", "export")).output.includes(login.password));
      await onServer.configure();
      await stack.recover();
    },
  );

  test("keeps what serves where a new revision is not reached through the gateway", async () => {
    const before = await containerOf("page");
    const end = await server.load("http://127.0.0.1/page");
    await onServer.configure({
      page: {
        environment: { REVISION: "3" },
        "x-route": { prefix: "/page", port: 81, health: "/health" },
      },
    });
    const { code, output } = await stack.command("up", "--yes");
    const { failures } = await end();
    assert.equal(code, 1, output);
    assert.match(output, /page does not answer \/health through the gateway: 50\d/);
    assert.deepEqual(failures, []);
    assert.ok(lines(await server.docker("ps", "--quiet", "--no-trunc")).includes(before));
    await onServer.configure();
    await stack.recover();
  });

  test("builds no image on another engine", async () => {
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.equal(code, 1, output);
    assert.match(output, /would build images on unix:.*\[two-engines\]/);
  });

  test("has its status, its logs and its backups here", async () => {
    const { output } = await stack.command("status");
    assert.match(output, /shop .* healthy .* shop-[0-9a-f]+\.test:80/);
    const logs = await stack.command("logs", "shop");
    assert.match(logs.output, /start worker process/);
    const volume = `${stack.project}_kept`;
    const inVolume = (command: string) =>
      server.docker("run", "--rm", "--volume", `${volume}:/kept`, "nginx:1.28-alpine", "sh", "-c", command);
    await inVolume("echo a note >/kept/note");
    assert.equal(
      (await stack.command("stop", "shop")).code,
      0,
      "a volume that is written to is not backed up",
    );
    const kept = await mkdtemp(join(tmpdir(), "backup-"));
    try {
      const { code, output } = await stack.command("backup", "kept", join(kept, "kept.tar.gz"));
      assert.equal(code, 0, output);
      assert.ok((await stat(join(kept, "kept.tar.gz"))).size > 0);
      await inVolume("rm /kept/note");
      const restored = await stack.command("restore", "kept", join(kept, "kept.tar.gz"));
      assert.equal(restored.code, 0, restored.output);
      assert.equal(await inVolume("cat /kept/note"), "a note\n");
    } finally {
      await rm(kept, { recursive: true });
    }
  });

  async function containerOf(service: string): Promise<string> {
    const filter = `label=com.docker.compose.service=${service}`;
    return (await server.docker("ps", "--quiet", "--no-trunc", "--filter", filter)).trim();
  }

  for (const [what, disturb] of [
    [
      "whose connection is cut",
      async () => {
        await server.disconnect();
        await server.startSsh();
      },
    ],
    ["whose engine is killed", () => server.engine.restart("SIGKILL")],
    // Which stops every container.
    ["whose engine is restarted", () => server.engine.restart("SIGTERM")],
  ] as const)
    test(`${what} in the middle of an up, converges by the next`, async () => {
      const sign = `/kept/${what.replaceAll(" ", "-")}`;
      const healthcheck = { start_interval: "250ms", test: ["CMD", "test", "-e", sign] };
      await onServer.configure({ shop: { healthcheck } });
      const update = stack.command("up", "--yes");
      await until("the new container starts", async () =>
        (await server.docker("ps", "--format", "{{.Status}}")).includes("starting"),
      );
      await disturb();
      assert.notEqual((await update).code, 0);
      await server.docker("start", `${stack.project}-shop-1`);
      await server.docker("exec", `${stack.project}-shop-1`, "touch", sign);
      await stack.recover();
      await assertNoChanges(stack);
    });
});
