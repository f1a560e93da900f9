import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { SwarmStatus } from "../../components/cli/status/swarm-status.ts";
import { workOnEngine } from "../../components/engine/engine.ts";
import { restoreNotes } from "../../components/engine/restore-notes.ts";
import { follow, whyNoBrowser, withPage } from "../fixture/browser.ts";
import { environment, lines, type Finished } from "../fixture/command.ts";
import { directory, TestStack, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";
import { succeeded, whyNoCluster, type Cluster } from "./cluster.ts";
import { SmallSwarm } from "./small-swarm.ts";

const secret = "open-sesame-4711";

const contraVento = ["postgres", "redis", "backend", "frontend"];
const superAgentTeam = [
  ...["traefik", "socket-proxy", "postgres", "redis", "architect", "contract-engine"],
  ...["codebase-intelligence", "migrations", "auth-service", "orders-service", "notifications-service"],
];

type Status = Omit<SwarmStatus, "update" | "stack">;

describe("a stack in a swarm", { skip: whyNoCluster() }, () => {
  let swarm: SmallSwarm;
  let cluster: Cluster;
  let stack: TestStack;
  let settings: Settings;

  before(async () => {
    swarm = await SmallSwarm.start({ nodes: 3 });
    ({ cluster, stack } = swarm);
    // The first does not answer.
    settings = swarm.settings(["unix:///nobody/is/here.sock", cluster.host(1)]);
    await stack.configure({ settings });
  });

  after(() => swarm.end());

  test("comes up, and is what Pulumi expects after a refresh, with the same tasks", async () => {
    succeeded(await command("up", "--yes"));
    await swarm.answers(/^first hello of-somebody-else /);
    assert.equal((await swarm.tasks("web")).length, 2);
    const all = ["traefik", "web", "db"];
    const there = await swarm.tasks(...all);
    succeeded(await command("pulumi", "up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"));
    assert.deepEqual(await swarm.tasks(...all), there);
  });

  test("tells what runs on which node", async () => {
    const { output } = succeeded(await command("status"));
    for (const service of ["db", "prepare", "traefik", "web"])
      assert.match(output, new RegExp(`^\\S+ +${service} `, "m"));
    assert.match(output, /^Last up: /m);
    const { ok, problems, tasks, services, nodes } = JSON.parse(
      succeeded(await command("status", "--json")).output,
    ) as Status;
    assert.deepEqual([ok, problems], [true, []]);
    const web = tasks.filter(({ service }) => service === "web");
    assert.deepEqual(
      web.map(({ state, url }) => [state, url]),
      Array.from({ length: 2 }, () => ["running", "http://localhost/web"]),
    );
    assert.match(String(web[0]?.revision), /^[0-9a-f]{12}$/);
    assert.deepEqual(tasks.find(({ service }) => service === "traefik")?.ports, { "80/tcp": [80] });
    assert.deepEqual(
      services.map(({ service, running, wanted, job }) => [service, running, wanted, job]),
      [
        ["db", 1, 1, false],
        ["prepare", 0, 1, true],
        ["traefik", 1, 1, false],
        ["web", 2, 2, false],
      ],
    );
    assert.deepEqual(
      nodes.map(({ role, state, availability }) => `${role} ${state} ${availability}`).toSorted(),
      ["manager ready active", "worker ready active", "worker ready active"],
    );
    assert.ok(new Set(tasks.map(({ node }) => node)).size > 1);
    const { output: json } = succeeded(await command("preview", "--json"));
    const { swarm: shown } = JSON.parse(json) as { swarm: Status };
    assert.deepEqual(shown.tasks, tasks);
  });

  test("is previewed where no manager can be reached, as in a pull request", async () => {
    const away = { ...settings, ...cluster.settings(["unix:///nobody/is/here.sock"]) };
    try {
      await stack.configure({ settings: away });
      const same = await stack.command("preview", "--markdown", "--exit-code");
      assert.equal(same.code, 0, same.output);
      assert.match(same.output, /no manager of the swarm answers .*: what only a manager knows is left out/);
      assert.match(same.output, /^### nothing changes$/m);
      await stack.configure({ settings: away, services: { web: { environment: { GREETING: "later" } } } });
      const changed = await stack.command("preview", "--markdown", "--exit-code");
      assert.equal(changed.code, 2, changed.output);
      assert.match(changed.output, /^### 1 service replaced without a gap, no data touched$/m);
      assert.match(changed.output, /environment\.GREETING first → later/);
    } finally {
      await stack.configure({ settings });
    }
  });

  test("follows a container that ends, of which no manager sends an event, and a service that is scaled", async () => {
    const watched = start("status", "--watch");
    try {
      await watched.prints("the status", (text) => text.includes("REVISION"));
      await killOne("web");
      await watched.prints("that a container is missing", (text) =>
        text.includes("web has 1 of 2 containers running"),
      );
      await cluster.docker(1, "service", "scale", "--detach", `${stack.project}_web=3`);
      await watched.prints("what was scaled", (text) =>
        text.includes("web was scaled 2 → 3 since the last up"),
      );
      await cluster.docker(1, "service", "scale", "--detach", `${stack.project}_web=2`);
      await watched.prints("that all is well again", (text) => {
        const last = text.slice(text.lastIndexOf("TIER "));
        return !last.includes("problem") && last.match(/ web .* running/g)?.length === 2;
      });
    } finally {
      watched.end();
    }
  });

  test(
    "is shown as a page, by service and by node, with its logs and without its secrets",
    { skip: whyNoBrowser },
    async () => {
      const served = start("status", "--open");
      try {
        const address = await served.prints(
          "the address",
          (text) => /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//.exec(text)?.[0],
        );
        await withPage(async (page) => {
          const { errors, text, shows } = await follow(page, address);
          await shows("all is well", /all is well/);
          await shows("the log of a container on another node", /Ready to accept connections/);
          const shown = await text();
          assert.match(shown, new RegExp(`${stack.project}, stack ${stack.name}`));
          assert.match(shown, /web\n?2 of 2 running/);
          assert.match(shown, /prepare\n?complete/);
          assert.equal(shown.match(/^node .* (?:manager|worker), ready, \d running here$/gm)?.length, 3);
          assert.match(shown, /node \S+.* · tier \S+ · since .* · last changed .* · revision [0-9a-f]{12}/);
          assert.match(shown, /the password is \[secret\]/);
          assert.doesNotMatch(await page.content(), new RegExp(secret));
          // web waits for prepare, which waits for db.
          assert.equal(await page.evaluate('document.querySelectorAll("#topology path").length'), 2);
          await killOne("web");
          await shows("the problem", /1 problem[\s\S]*web has 1 of 2 containers running/);
          await shows("how many run", /web\n?1 of 2 running/);
          const screenshots = process.env.SCREENSHOTS;
          if (screenshots !== undefined)
            await writeFile(join(screenshots, "swarm.png"), await page.screenshot({ fullPage: true }));
          await shows("that all is well again", /all is well/);
          assert.deepEqual(errors, []);
        });
      } finally {
        served.end();
      }
    },
  );

  test("has its secret in clear nowhere", async () => {
    const services = lines(await cluster.docker(1, "service", "ls", "-q"));
    const told = [
      await cluster.docker(1, "service", "inspect", ...services),
      succeeded(await command("pulumi", "stack", "export")).output,
      succeeded(await command("preview")).output,
      succeeded(await command("preview", "--json")).output,
      succeeded(await command("preview", "--markdown")).output,
      succeeded(await command("status", "--json")).output,
    ].join("\n");
    for (const hidden of [secret, "well-known"]) {
      assert.ok(!told.includes(hidden));
      assert.ok(!told.includes(Buffer.from(hidden).toString("base64")));
    }
  });

  test("loses no request when an environment, an image, a number of replicas, a secret and a config change, and when a node is drained", async () => {
    const load = await cluster.startLoad(swarm.web());
    const environment = { GREETING: "second" };
    const web = { environment, build: { labels: { edition: "second" } }, deploy: { replicas: 3 } };
    const configs = { page: { content: "welcome" } };
    for (const [change, words, page] of [
      [
        { settings, services: { web: { environment } } },
        /^ *environment\.GREETING first → second$/m,
        /^second hello /,
      ],
      [{ settings, services: { web } }, /is scaled 2 → 3/, /^second hello /],
      [
        { settings: { ...settings, password: "another-4711", configs }, services: { web } },
        /^ *a secret that it uses has changed: password$/m,
        /^second welcome /,
      ],
    ] as const) {
      await stack.configure(change);
      assert.match(succeeded(await command("preview")).output, words);
      succeeded(await command("up", "--yes"));
      await swarm.answers(page);
    }
    const changed = Array.from({ length: 3 }, () => "second welcome another-4711");
    await until("what changed has reached every container", async () => {
      const told = await inEach("web", 'echo "$GREETING $(cat /page) $(cat /run/secrets/password)"');
      return JSON.stringify(told) === JSON.stringify(changed);
    });
    assert.equal((await swarm.tasks("web")).length, 3);
    await drain(3);
    assert.deepEqual(await load(), []);
    // Each container served on after it was asked to end, and was not killed meanwhile.
    const ends = await endsOf("web");
    assert.ok(ends.length > 0);
    assert.deepEqual(new Set(ends), new Set([0]));
    await cluster.docker(1, "node", "update", "--availability", "active", await cluster.nodeId(3));
  });

  test("loses no request to a revision that is sick, or that crashes, and says why", async () => {
    const load = await cluster.startLoad(swarm.web());
    for (const [health, why] of [
      ["sick", /web: the swarm took the update back: a new container .*its health check (?:fails|failed)/],
      [
        "crash",
        /web: the swarm took the update back: a new container exited with code 3[^]*cannot start: no third/,
      ],
    ] as const) {
      await stack.configure({
        settings,
        services: { web: { environment: { GREETING: "third", HEALTH: health }, deploy: { replicas: 3 } } },
      });
      const { code, output } = await command("up", "--yes");
      assert.notEqual(code, 0, output);
      assert.match(output, why);
    }
    assert.deepEqual(await load(), []);
    assert.match(await swarm.page(), /^second /);
    const comment = succeeded(await command("preview", "--markdown")).output;
    assert.match(comment, /^### 1 service replaced without a gap, no data touched\n/);
    assert.match(comment, /\n- web: the swarm took the last update back: /);
    assert.match(comment, /\n {2}- environment\.HEALTH good → crash\n/);
    assert.equal(comment.match(/^\| web \| .* \| running \|$/gm)?.length, 3);
    // The definitions are put back: the swarm tells of the update, and nothing is wrong any more.
    await stack.configure({
      settings,
      services: { web: { environment: { GREETING: "second" }, deploy: { replicas: 3 } } },
    });
    const { output: printed } = succeeded(await command("up", "--yes"));
    assert.doesNotMatch(printed, /problem/);
    succeeded(await command("status"));
  });

  test("makes anew what cannot be changed, and mends what was deleted, scaled and changed by hand", async () => {
    const anew = { db: { labels: { team: "data" } }, traefik: { labels: { team: "edge" } } };
    await stack.configure({ settings, services: anew });
    const ids = async () => [await serviceId("db"), await serviceId("web")] as const;
    const before = await ids();
    const announced = succeeded(await command("preview", "--markdown")).output;
    assert.match(
      announced,
      /^### 1 service replaced without a gap, 2 with a gap of about \d+ s, all data kept\n/,
    );
    assert.match(announced, /\n\| db \| replaced \| 1 \| about \d+ s \| \S+data kept \|\n/);
    assert.match(
      announced,
      /\*\*db\*\* is replaced .*a swarm's service has its labels\.team for life, and is made anew/,
    );
    assert.match(announced, /\n\| web \| replaced \| 3 → 2 \| none \|/);
    assert.match(announced, /\n {2}s\d+\["db \(changed\)"\]:::changed\n/);
    const changed = succeeded(await command("up", "--yes")).output;
    const now = await ids();
    assert.deepEqual([now[0] === before[0], now[1] === before[1]], [false, true]);
    // The provider waits no longer for the gateway's end than the gateway's own period, which a swarm never keeps.
    assert.match(changed, /^Removed: traefik, though .* stop_grace_period\. It goes on\.$/m);
    // Without a terminal there is a line for each service that changed.
    assert.deepEqual(
      lines(changed)
        .filter((line) => /_(?:db|web) /.test(line))
        .map((line) => line.replace(/ \([\d.ms]+\)$/, ""))
        .toSorted(),
      [` ++ ${stack.project}_db replaced`, ` ~  ${stack.project}_web updated`],
    );
    succeeded(await command("preview", "--exit-code"));
    await cluster.docker(1, "service", "rm", `${stack.project}_db`);
    await cluster.docker(1, "service", "scale", "--detach", `${stack.project}_web=1`);
    const update = ["service", "update", "--detach", "--label-add", "by=hand"];
    await cluster.docker(1, ...update, `${stack.project}_traefik`);
    const { code, output } = await command("status");
    assert.equal(code, 1);
    assert.match(
      output,
      /3 problems:\n {2}db is missing\n {2}traefik was changed since the last up\n {2}web was scaled 2 → 1 since/,
    );
    const previewed = await command("preview", "--exit-code");
    assert.equal(previewed.code, 2, previewed.output);
    assert.match(previewed.output, /3 services drifted, all data kept/);
    assert.match(previewed.output, /db is gone from the swarm: `up` mends that, the service is made again/);
    assert.match(previewed.output, /traefik was changed since the last up: `up` mends that/);
    assert.match(previewed.output, /web was scaled 2 → 1: `up` mends that, the service is scaled back/);
    const comment = succeeded(await command("preview", "--markdown")).output;
    assert.match(comment, /\n {2}s\d+\["db \(changed\)"\]:::changed\n/);
    assert.match(comment, /\n- db is missing\n/);
    assert.match(
      succeeded(await command("up", "--yes")).output,
      /not as the last `up` left it:\n {2}db is missing/,
    );
    await swarm.answers(/^first /);
    assert.equal((await swarm.tasks("web")).length, 2);
    assert.equal((await swarm.tasks("db")).length, 1);
    const format = "{{json .Spec.Labels}}";
    const name = swarm.named("traefik");
    assert.doesNotMatch(await cluster.docker(1, "service", "inspect", "--format", format, name), /by.*hand/);
    succeeded(await command("status"));
  });

  test("lists at once all that stands in the way", async () => {
    const services = {
      web: {
        ports: [{ host_ip: "127.0.0.1", published: "9000", target: 8080 }],
        volumes: [
          { type: "bind" as const, source: "./web", target: "/src" },
          { type: "volume" as const, source: "data", target: "/data" },
        ],
        environment: { PASSWORD: "${password}" },
      },
    };
    await stack.configure({ settings: { ...settings, swarm: { managers: [cluster.host(1)] } }, services });
    const { code, output } = await command("preview");
    assert.notEqual(code, 0);
    for (const said of [
      /not on 127\.0\.0\.1 alone/,
      /on this machine, and on no node/,
      /another one on every node/,
      /no node of the swarm can get it/,
      /in clear in `docker service inspect`/,
    ])
      assert.match(output, said);
    await stack.configure({ settings });
  });

  test("has the systems' stacks previewed, in whose way nothing stands", async () => {
    for (const { folder, password, services } of [
      { password: "dbPassword", services: superAgentTeam },
      { folder: "systems/contravento", password: "postgresPassword", services: contraVento },
    ]) {
      const image = cluster.named("redis:7-alpine");
      const other = await TestStack.create({
        ...(folder === undefined ? {} : { folder }),
        config: "Pulumi.swarm.yaml",
        settings: { ...cluster.settings(), [password]: secret },
        services: Object.fromEntries(services.map((name) => [name, { image }])),
        environment: cluster.environment,
      });
      try {
        const { output } = succeeded(
          await cluster.run(["pulumi-compose", "preview", ...other.options], other.environment),
        );
        assert.match(output, new RegExp(`the stack is new: ${services.length} services`));
        assert.doesNotMatch(output, /warning/);
      } finally {
        await other.down();
      }
    }
  });

  test("saves a volume of a node while nothing writes to it, and has it back", async () => {
    const folder = await mkdtemp(join(tmpdir(), "swarm-backup-"));
    try {
      const archive = join(folder, "data.tar.gz");
      const volume = swarm.named("data");
      await redis("set", "kept", "precious");
      const { output: nowhere } = await command("backup", "data", archive);
      assert.match(
        nowhere,
        /volume data is on the node .* no address in Pulumi\..*\.yaml leads to .*\n.*swarm\.nodes/,
      );
      await stack.configure({
        settings: { ...settings, swarm: { ...(settings.swarm as object), nodes: [cluster.host(2)] } },
      });
      const { output: used } = await command("backup", "data", archive);
      assert.match(
        used,
        new RegExp(`db .* writes to it\n.*docker service scale ${swarm.named("db")}=0, on a`),
      );
      await cluster.docker(1, "service", "scale", "--detach", `${swarm.named("db")}=0`);
      await until("the database has ended", async () => {
        const filter = ["--filter", `volume=${volume}`];
        return lines(await cluster.docker(2, "ps", "--all", "--quiet", ...filter)).length === 0;
      });
      succeeded(await command("backup", "data", archive));
      await cluster.docker(2, "volume", "rm", volume);
      // As a restore leaves it that was killed.
      workOnEngine(cluster.host(1));
      await restoreNotes().put(volume);
      assert.match((await command("up", "--yes")).output, /restore is filling volume `\S+`, or was stopped/);
      succeeded(await command("restore", "data", archive));
      assert.match(succeeded(await command("up", "--yes")).output, /db was scaled 1 → 0/);
      assert.equal((await redis("get", "kept")).trim(), "precious");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("destroy leaves the volumes, and nothing else, on any node", async () => {
    const refused = await command("destroy", "--yes", "--volumes");
    assert.equal(refused.code, 1);
    assert.match(refused.output, /on the nodes of a swarm, and destroy reaches none of them\n→ /);
    const { output } = succeeded(await swarm.destroy());
    const data = swarm.named("data");
    assert.match(
      output,
      new RegExp(`Kept, with their data: ${data} on .*\\. The next up takes them up again\\.`),
    );
    assert.match(output, new RegExp(`on the nodes that have them: docker volume rm ${data}\n`));
    assert.deepEqual(lines(await cluster.docker(2, "volume", "ls", "--quiet")), [`${stack.project}_data`]);
  });

  async function command(...words: readonly string[]): Promise<Finished> {
    return swarm.command(...words);
  }

  /** Starts `pulumi-compose` beside the cluster, whose managers it reaches. */
  function start(...words: readonly string[]) {
    const child = spawn("pulumi-compose", [...words, ...stack.options], {
      cwd: directory,
      env: { ...environment(), ...stack.environment, DISPLAY: "", WAYLAND_DISPLAY: "" },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => (text += part));
    return {
      /** Waits until what was printed so far says something. */
      prints: <T>(what: string, say: (text: string) => T | undefined | false): Promise<T> =>
        until(what, () => {
          if (child.exitCode !== null) throw new Error(text);
          return Promise.resolve(say(text));
        }),
      end: () => child.kill(),
    };
  }

  /** Ends a container of a service, on whichever node it is. */
  async function killOne(service: string): Promise<void> {
    const filter = `label=com.docker.compose.service=${service}`;
    for (const node of [1, 2, 3]) {
      const [id] = lines(await cluster.docker(node, "ps", "--quiet", "--filter", filter));
      if (id === undefined) continue;
      await cluster.docker(node, "kill", id);
      return;
    }
    assert.fail(`no container of ${service} runs`);
  }

  /** What a shell's command prints in each container of a service, on whichever node; nothing in one that ends meanwhile. */
  async function inEach(service: string, shell: string): Promise<readonly string[]> {
    const filter = ["--filter", `label=com.docker.compose.service=${service}`];
    const told = [1, 2, 3].map(async (node) => {
      const ids = lines(await cluster.docker(node, "ps", "--quiet", ...filter));
      return Promise.all(
        ids.map(async (id) => {
          const printed = await cluster.docker(node, "exec", id, "sh", "-c", shell).catch(() => "");
          return printed.trim();
        }),
      );
    });
    return (await Promise.all(told)).flat();
  }

  /** Runs a command of the database's, which is on the second node. */
  async function redis(...words: readonly string[]): Promise<string> {
    const filter = ["--filter", "label=com.docker.compose.service=db"];
    const [container = ""] = lines(await cluster.docker(2, "ps", "--quiet", ...filter));
    return cluster.docker(2, "exec", container, "redis-cli", ...words);
  }

  /** Exit codes of the containers of a service that the swarm has asked to end. */
  async function endsOf(service: string): Promise<readonly (number | undefined)[]> {
    const asked = ["--quiet", "--no-trunc", "--filter", "desired-state=shutdown"];
    const ids = lines(await cluster.docker(1, "service", "ps", ...asked, swarm.named(service)));
    const tasks = JSON.parse(await cluster.docker(1, "inspect", "--type", "task", ...ids)) as readonly {
      readonly Status: {
        readonly State: string;
        readonly ContainerStatus?: { readonly ExitCode?: number };
      };
    }[];
    return tasks.flatMap(({ Status: { State: state, ContainerStatus: ended } }) =>
      state === "shutdown" ? [ended?.ExitCode] : [],
    );
  }

  /** Takes a node out of use, and waits until its containers run elsewhere. */
  async function drain(number: number): Promise<void> {
    await cluster.docker(1, "node", "update", "--availability", "drain", await cluster.nodeId(number));
    await until(`node ${number} is empty, and 3 containers run elsewhere`, async () => {
      const here = lines(await cluster.docker(number, "ps", "--quiet"));
      const { output } = await command("status");
      return here.length === 0 && output.match(/^\S+ +web .* running/gm)?.length === 3;
    });
  }

  async function serviceId(service: string): Promise<string> {
    return cluster.docker(1, "service", "inspect", "--format", "{{.ID}}", `${stack.project}_${service}`);
  }
});
