import assert from "node:assert/strict";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { repositoryRoot } from "../../scripts/paths.mjs";
import { containerIds, docker, leftOf, serviceStates } from "../fixture/docker.ts";
import { lines } from "../fixture/command.ts";
import { assertReadable } from "../fixture/output.ts";
import { page } from "../fixture/markdown.ts";
import { startReaper, type Reaper } from "../fixture/reaper.ts";
import { until } from "../fixture/until.ts";
import { startBucket } from "./bucket.ts";
import { must, run, start, type Clone } from "./clone.ts";
import { password, startDatabase, whyOneMachine } from "./database.ts";
import { startKeyService } from "./key-service.ts";

const id = randomBytes(3).toString("hex");
const program = `shared-${id}`;
const place = join(repositoryRoot, ".state", "team", id);

/** The commands of the page by which the state of a stack moves from one place to another one. */
function movingCommands(): string[] {
  const blocks = page("docs/team.md").blocks.map(({ code }) => code);
  const commands =
    blocks
      .find((code) => code.includes("stack import"))
      ?.trim()
      .split("\n") ?? [];
  assert.equal(commands.length, 4);
  return commands.map((line) => line.replace("npx ", "").replaceAll("prod", "dev"));
}

/** Locked in the stack's file by a passphrase that both have. */
const secret = "of-the-database";
const passphrase = "correct horse";

/** What is said of a lock: who, where, since when. */
const heldByGrace =
  /the stack dev is locked by pulumi[\w ]* \(process \d+ of \w+ on graces-machine, since [\d: -]+\)/;

describe("two people with a clone each, and the state in PostgreSQL", { skip: whyOneMachine() }, () => {
  let ada: Clone;
  let grace: Clone;
  const reapers: Reaper[] = [];

  before(async () => {
    const own = join(import.meta.dirname, "..");
    reapers.push(startReaper(join(own, "package", "reap.ts"), [place, program]));
    reapers.push(startReaper(join(import.meta.dirname, "reap-servers.ts"), [id]));
    const { url } = await startDatabase(id);
    const env = { PULUMI_BACKEND_URL: url, PULUMI_CONFIG_PASSPHRASE: passphrase };
    ada = { folder: join(place, "ada"), machine: "adas-machine", env };
    grace = { folder: join(place, "grace"), machine: "graces-machine", env };
    await mkdir(place, { recursive: true });
    await cp(join(import.meta.dirname, "program"), ada.folder, { recursive: true });
    for (const name of ["Pulumi.yaml", "Pulumi.dev.yaml"]) {
      const file = join(ada.folder, name);
      await writeFile(file, (await readFile(file, "utf8")).replaceAll("super-team-shared", program));
    }
    await writeFile(join(ada.folder, ".gitignore"), ".state/\n");
    await must(ada, "git", "init", "--quiet");
    await must(ada, "git", "config", "user.name", "Ada");
    await must(ada, "git", "config", "user.email", "ada@example.com");
    await must(ada, "pulumi", "stack", "init", "dev");
    await must(ada, "pulumi", "config", "set", "--secret", "dbPassword", secret, "--stack", "dev");
    await must(ada, "git", "add", ".");
    await must(ada, "git", "commit", "--quiet", "--message", "The first one");
    await must(ada, "git", "clone", "--quiet", ada.folder, grace.folder);
    await must(grace, "git", "config", "user.name", "Grace");
    await must(grace, "git", "config", "user.email", "grace@example.com");
  });

  after(async () => {
    const codes = await Promise.all(reapers.map((reaper) => reaper.end()));
    assert.deepEqual(codes, [0, 0]);
    assert.deepEqual(await leftOf(program), []);
  });

  test("one brings the stack up, and the other one's clone knows all about it", async () => {
    await must(ada, "pulumi-compose", "up", "--yes");
    const { code, output } = await run(grace, "pulumi-compose", "preview", "--exit-code");
    assert.equal(code, 0, output);
    const status = await must(grace, "pulumi-compose", "status", "--json");
    assert.deepEqual(
      (JSON.parse(status) as { containers: { service: string }[] }).containers.map(({ service }) => service),
      ["web", "worker"],
    );
  });

  test("a state that does not know the stack is told of, and of its address no password", async () => {
    const { PULUMI_BACKEND_URL: url = "" } = grace.env;
    const elsewhere = { ...grace, env: { ...grace.env, PULUMI_BACKEND_URL: `${url}&table=another` } };
    const { code, output } = await run(elsewhere, "pulumi-compose", "preview");
    assert.notEqual(code, 0, output);
    assert.match(output, /by another checkout's state or a state that was lost/);
    const nowhere = {
      ...grace,
      env: { ...grace.env, PULUMI_BACKEND_URL: url.replace("/postgres?", "/none?") },
    };
    const { output: refused } = await run(nowhere, "pulumi-compose", "up", "--yes");
    assert.match(refused, /"none" does not exist[^]*See whether the database or the bucket/);
    assertReadable(refused);
    assert.doesNotMatch(output + refused, new RegExp(password));
  });

  describe("what one changes is in the history of both", () => {
    before(async () => {
      await writeFile(join(grace.folder, "page", "text"), "two\n");
      await must(grace, "git", "commit", "--all", "--quiet", "--message", "The second one");
      await must(blue(grace), "pulumi-compose", "up", "--yes");
    });

    test("with the person, the machine, the commit and the change", async () => {
      const list = await must(ada, "pulumi-compose", "history", "--json");
      const updates = JSON.parse(list) as { by: string; on: string; commit: string; said: string[] }[];
      const of = async (clone: Clone) => (await must(clone, "git", "rev-parse", "--short", "HEAD")).trim();
      assert.deepEqual(
        updates.map(({ by, on, commit }) => ({ by, on, commit })),
        [
          { by: "Ada", on: ada.machine, commit: await of(ada) },
          { by: "Grace", on: grace.machine, commit: await of(grace) },
        ],
      );
      assert.doesNotMatch(list, new RegExp(secret));
      assert.match(updates[1]?.said.join("\n") ?? "", /^2 services replaced.*\n[^]*COLOUR.*red.*blue/);
      const shown = await must(ada, "pulumi-compose", "history");
      assert.match(shown, /^2 {2}[\d: -]+ {2}Grace on graces-machine, commit \w+, what runs now\n/);
    });

    test("and is taken back by the other one, images that were built too, data never", async () => {
      await exec("web", "touch", "/data/kept");
      await must(ada, "pulumi-compose", "rollback", "--yes");
      assert.equal(await exec("worker", "cat", "/text"), "one\n");
      assert.equal(await exec("web", "sh", "-c", "echo $COLOUR; ls /data/kept"), "red\n/data/kept\n");
      assert.match(
        await must(grace, "pulumi-compose", "history"),
        /^3 .*Ada on adas-machine.*rolled back to 1/,
      );
      const again = await must(ada, "pulumi-compose", "rollback", "--to", "1", "--yes");
      assert.doesNotMatch(again, /replaced/);
    });

    test("and comes back with the next up, which its preview says", async () => {
      const { code, output } = await run(blue(grace), "pulumi-compose", "preview", "--exit-code");
      assert.equal(code, 2, output);
      assert.match(output, /COLOUR.*red.*blue/);
      await must(blue(grace), "pulumi-compose", "up", "--yes");
      assert.equal(await exec("worker", "cat", "/text"), "two\n");
      const none = await run(ada, "pulumi-compose", "rollback", "--to", "7", "--yes");
      assert.match(none.output, /the stack dev has no update 7\n→ Noted are 1, 2, 3, 4\./);
      assertReadable(none.output);
    });

    test("and an update whose image is gone is a mistake, before anything is touched", async () => {
      const ids = await containerIds(program);
      const label = `label=com.docker.compose.project=${program}`;
      const names = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", label);
      await docker("rmi", ...lines(names).filter((name) => name.endsWith("-kept")));
      const { code, output } = await run(ada, "pulumi-compose", "rollback", "--to", "1", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(
        output,
        /images of update 1 are gone from the engine.*:\n {2}worker: .*\n→ Nothing was touched/,
      );
      assertReadable(output);
      assert.deepEqual(await containerIds(program), ids);
    });

    function blue(clone: Clone): Clone {
      return { ...clone, env: { ...clone.env, COLOUR: "blue" } };
    }

    async function exec(service: string, ...command: readonly string[]): Promise<string> {
      const { [service]: container = "" } = await containerIds(program);
      return docker("exec", container, ...command);
    }
  });

  test("the state moves to an S3 bucket by the commands of docs/team.md", async () => {
    const bucket = await startBucket(join(place, "bucket"));
    try {
      const moved = { ...grace, env: { ...grace.env, COLOUR: "blue", ...bucket.env } };
      const [from = "", ...to] = movingCommands();
      await must(grace, "sh", "-c", from);
      for (const command of to) await must(moved, "sh", "-c", command);
      const { code, output } = await run(moved, "pulumi-compose", "preview", "--exit-code");
      assert.equal(code, 0, output);
      await bucket.put(`.pulumi/locks/organization/${program}/dev/1.json`, {
        ...{ pid: 4711, username: "grace", hostname: "graces-machine" },
        timestamp: new Date().toISOString(),
      });
      const refused = await run({ ...moved, machine: ada.machine }, "pulumi-compose", "up", "--yes");
      assert.match(refused.output, heldByGrace);
    } finally {
      await bucket.close();
    }
  });

  test("a stack has its state in an S3 bucket from its first up to its end", async () => {
    const bucket = await startBucket(join(place, "another-bucket"));
    const clone = { ...ada, env: { ...ada.env, ...bucket.env } };
    const blue = { ...clone, env: { ...clone.env, COLOUR: "blue" } };
    const on = (...words: readonly string[]) => ["pulumi-compose", ...words, "--stack", "in-s3"];
    try {
      await must(clone, ...on("up", "--yes", "--like", "dev"));
      await must(blue, ...on("up", "--yes"));
      const updates = JSON.parse(await must(clone, ...on("history", "--json"))) as { said: string[] }[];
      assert.equal(updates.length, 2);
      assert.match(updates[1]?.said.join("\n") ?? "", /COLOUR.*red.*blue/);
      await must(clone, ...on("destroy", "--yes", "--older-than", "0m"));
      assert.deepEqual(await leftOf(`${program}-in-s3`), []);
      // What reads the bucket writes warnings of its own.
      const list = await must(clone, "sh", "-c", "pulumi stack ls --json 2>/dev/null");
      assert.deepEqual(JSON.parse(list), []);
    } finally {
      await bucket.close();
    }
  });

  describe("while one is at work", () => {
    let ids: Readonly<Record<string, string>>;
    let ended: Promise<unknown>;
    before(async () => {
      const held = { ...grace, env: { ...grace.env, READY: "ready" } };
      ended = once(start(held, "pulumi-compose", "up", "--yes"), "exit");
      await until("web is all that is waited for", async () => {
        const states = await serviceStates(program);
        return states.some((state) => /^web Up .*\(health: starting\)/.test(state));
      });
      ids = await containerIds(program);
    });

    test("the other one is told who, where and since when, and can look", async () => {
      const holder = await refusedFor(ada);
      await must(ada, "pulumi-compose", "preview");
      assert.deepEqual(await containerIds(program), ids);
      process.kill(holder, "SIGKILL");
      await ended;
    });

    test("and was killed, the other one respects the lock until a person says that it is dead", async () => {
      await refusedFor(ada);
      assert.deepEqual(await containerIds(program), ids);
      await must(ada, "git", "pull", "--quiet", grace.folder, "HEAD");
      const output = await must(ada, "pulumi-compose", "up", "--yes", "--break-lock");
      assert.match(output, /recovered the stack dev from an update that was cut off/);
      const { code } = await run(grace, "pulumi-compose", "preview", "--exit-code");
      assert.equal(code, 0);
    });

    /** @returns The process that holds the lock, by what is said of it. */
    async function refusedFor(clone: Clone): Promise<number> {
      const { code, output } = await run(clone, "pulumi-compose", "up", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(output, heldByGrace);
      assert.match(output, /If you know that it is dead: npx pulumi-compose up --break-lock --stack dev/);
      assertReadable(output);
      return Number(/\(process (\d+)/.exec(output)?.[1]);
    }
  });

  test("a stack for a pull request is like another one, and goes with its data from any clone", async () => {
    const ids = await containerIds(program);
    await must(ada, "pulumi-compose", "up", "--yes", "--stack", "pr-7", "--like", "dev");
    const made = await containerIds(`${program}-pr-7`);
    assert.deepEqual(Object.keys(made), ["web", "worker"]);
    assert.equal(await docker("exec", made.web ?? "", "printenv", "PASSWORD"), `${secret}\n`);
    const older = (age: string) => must(grace, "pulumi-compose", "destroy", "--yes", "--older-than", age);
    assert.match(await older("7d"), /No stack that was made by up --like is older than 7d/);
    assert.match(await older("0m"), /Removed the stack pr-7 with its data/);
    assert.deepEqual(await leftOf(`${program}-pr-7`), []);
    assert.deepEqual(await containerIds(program), ids);
    const list = await must(grace, "pulumi", "stack", "ls", "--json");
    assert.deepEqual(
      (JSON.parse(list) as { name: string }[]).map(({ name }) => name),
      ["dev"],
    );
  });

  describe("the stack's secrets", () => {
    const unset = ["env", "-u", "PULUMI_CONFIG_PASSPHRASE"];
    const read = ["pulumi", "config", "get", "dbPassword", "--stack", "dev"];
    const withEnv = (clone: Clone, env: Clone["env"]) => ({ ...clone, env: { ...clone.env, ...env } });

    test("are opened by a passphrase in a file, and one who has another passphrase is told", async () => {
      const file = join(place, "passphrase");
      await writeFile(file, `${passphrase}\n`, { mode: 0o600 });
      const [, set = ""] = /export (\w+)=/.exec(pageOf("PULUMI_CONFIG_PASSPHRASE_FILE")) ?? [];
      const second = withEnv(grace, { [set]: file });
      assert.equal(await must(second, ...unset, ...read), `${secret}\n`);
      const other = withEnv(grace, { PULUMI_CONFIG_PASSPHRASE: "another one" });
      const refused = await run(other, "pulumi-compose", "doctor", "--stack", "dev");
      assert.equal(refused.code, 1, refused.output);
      assert.match(refused.output, /PULUMI_CONFIG_PASSPHRASE is not the passphrase of the stack dev\n→ /);
      assertReadable(refused.output);
    });

    test("are kept by a key service, where nobody needs a passphrase, and by a passphrase again", async () => {
      const service = await startKeyService();
      const byKey = (clone: Clone) => withEnv(clone, service.env);
      const change = async (to: string) => {
        const command = pageOf(to).trim().replace("npx ", "").replace("prod", "dev");
        await must(byKey(ada), "sh", "-c", command.replace(/"awskms:[^"]*"/, "hashivault://shop"));
        await must(ada, "git", "commit", "--all", "--quiet", "--message", to);
        await must(grace, "git", "pull", "--quiet", ada.folder, "HEAD");
      };
      try {
        await change('change-secrets-provider "awskms');
        const previewed = ["pulumi-compose", "preview", "--exit-code"];
        const { code, output } = await run(byKey(grace), ...unset, ...previewed);
        assert.equal(code, 0, output);
        assert.equal(await must(byKey(grace), ...unset, ...read), `${secret}\n`);
        const without = await run(grace, ...unset, ...read);
        assert.notEqual(without.code, 0, "who may not use the key reads nothing");
        await change("change-secrets-provider passphrase");
        assert.equal((await run(grace, ...previewed)).code, 0);
      } finally {
        service.close();
      }
    });

    /** The block of the page that has these words. */
    function pageOf(words: string): string {
      return page("docs/team.md").blocks.find(({ code }) => code.includes(words))?.code ?? "";
    }
  });

  test("and is taken down with the images that were kept for a rollback", async () => {
    await must(grace, "pulumi-compose", "destroy", "--yes");
    assert.deepEqual(await leftOf(program), []);
  });
});
