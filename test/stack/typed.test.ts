import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Case } from "../cases/case.ts";
import { lines } from "../fixture/command.ts";
import { containerIds, docker, serviceStates } from "../fixture/docker.ts";
import { startRegistry, type Registry } from "../fixture/registry.ts";
import { assertTyped, commandsIn, typedRows, type Expected, type Row } from "../fixture/typed.ts";

const rows = typedRows("docs/commands.md");

describe("what docs/commands.md says is typed in place of Compose's commands", () => {
  let registry: Registry;
  let project: Case;
  before(async () => {
    registry = await startRegistry(["postgres:16-alpine", "debian:bookworm-slim"]);
    const environment = { REGISTRY: registry.address };
    project = await Case.create("typed", { environment, settings: { keepVolumes: "true" } });
  });
  after(async () => {
    try {
      await project.remove();
    } finally {
      registry.close();
      for (const image of await pulled()) await docker("image", "rm", image);
    }
  });

  /** What the engine has of the registry's images. */
  const pulled = async () => {
    const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter"];
    return lines(await docker(...list, `reference=${registry.address}/*`));
  };
  const services = async () => Object.keys(await containerIds(project.stack.project)).sort();
  const volumes = async () =>
    lines(await docker("volume", "ls", "--quiet", "--filter", `name=${project.stack.project}_`));
  const webIs = async (pattern: RegExp) => {
    const states = await serviceStates(project.stack.project);
    assert.match(states.find((line) => line.startsWith("web ")) ?? "", pattern);
  };
  const isUp = { shows: /^\S+ +web +\S+ +running /m };
  const ticks = { shows: /tick\n/ };
  const isGone = async (kept: boolean) => {
    assert.deepEqual(await services(), []);
    assert.deepEqual(await volumes(), kept ? [`${project.stack.project}_data`] : []);
  };

  const expected: Readonly<Record<string, Expected>> = {
    config: { shows: /^services:\n(?:.*\n)* {2}web:\n/m },
    "config web": { shows: /^ {2}db:\n(?:.*\n)* {2}web:\n/m },
    up: isUp,
    "up web": isUp,
    "up --profile workers": { shows: /^\S+ +worker +\S+ +running /m },
    "up --build": isUp,
    "up --build web": isUp,
    "up --stack local": isUp,
    "up --parallel 4": isUp,
    build: {},
    "build web": {},
    "build --no-cache": {},
    "build --no-cache web": {},
    "pull db": {
      holds: async () => {
        assert.ok((await pulled()).includes(`${registry.address}/postgres:16-alpine`));
      },
    },
    ps: { shows: /-web-1 / },
    status: isUp,
    "ps --format json": { shows: /"Service":"web"/ },
    "ps --filter status=running": { shows: /-web-1 / },
    "ps web": { shows: /-web-1 / },
    logs: ticks,
    "logs web": ticks,
    "logs --follow": ticks,
    "logs --follow web": ticks,
    "logs --tail=100 -t": { shows: /\dZ tick/ },
    "logs -f --timestamps web": { shows: /\dZ tick/ },
    "logs -f web --tail=50": ticks,
    "logs -f web db": ticks,
    "logs -f --since 5m web": ticks,
    "logs --since 2024-01-01T00:00:00 web": ticks,
    "exec web sh": { input: "echo $((6 * 7))", shows: /^42$/m },
    "exec -u root web sh": { input: "id -un", shows: /^root$/m },
    "exec web env": { shows: /^DATABASE_URL=postgres:/m },
    "exec db psql -U shop": { input: "SELECT 6 * 7", shows: /^ +42$/m },
    'exec db psql -U shop -c "SELECT 1"': { shows: /^ +1$/m },
    "run --rm web sh": { input: "echo $((6 * 7))", shows: /^42$/m },
    "run --rm web echo hello": { shows: /^hello$/m },
    "port web 80": { shows: /^127\.0\.0\.1:\d+$/m },
    "top web": { shows: /sleep 1|while/ },
    connectivity: { shows: /^web +db +5432 +✓ verified$/m },
    wait: {},
    "wait --timeout 60 web": {},
    "status --json": {
      shows: /"health": "healthy"/,
    },
    stop: { holds: () => webIs(/ Exited /) },
    "stop web": { holds: () => webIs(/ Exited /) },
    start: { holds: () => webIs(/ Up /) },
    "start web": { holds: () => webIs(/ Up /) },
    restart: { holds: () => webIs(/ Up /) },
    "restart web": { holds: () => webIs(/ Up /) },
    destroy: { holds: () => isGone(true) },
    "destroy --volumes": { holds: () => isGone(false) },
    "destroy --images": {
      holds: async () => {
        await isGone(true);
        assert.ok(!(await pulled()).includes(`${registry.address}/postgres:16-alpine`));
      },
    },
  };

  /** Rows whose place here no command has. */
  const otherwise: Readonly<Record<string, () => Promise<void>>> = {
    "the key `files` in the stack's file": async () => {
      await writeFile(join(project.folder, "more.yaml"), "services: { web: { labels: { more: here } } }\n");
      await configured({ files: ["compose.yaml", "more.yaml"] }, async () => {
        await type("config web", { shows: /more: here/ });
      });
    },
    "`deploy.replicas` of the service, in the stack's file": async () => {
      await configured({ services: { web: { deploy: { replicas: 2 } } } }, async () => {
        await type("up", { shows: /-web-2 +running / });
      });
    },
    "the same: names are `<project>_<key>`, as under Compose": async () => {
      const [network, volume] = [`${project.stack.project}_default`, `${project.stack.project}_data`];
      assert.ok(lines(await docker("network", "ls", "--format", "{{.Name}}")).includes(network));
      assert.match(await docker("network", "inspect", network), /-web-1"/);
      assert.match(await docker("volume", "inspect", volume), /"Mountpoint"/);
      const mount = ["--rm", "--volume", `${volume}:/data`, "debian:bookworm-slim"];
      assert.match(await docker("run", ...mount, "ls", "/data"), /^PG_VERSION$/m);
      const { web = "" } = await containerIds(project.stack.project);
      assert.match(
        await docker("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}}", web),
        /-web-1 .+%/,
      );
      assert.deepEqual(await volumes(), [volume]);
    },
  };

  async function configured(
    more: Readonly<Record<string, unknown>>,
    work: () => Promise<void>,
  ): Promise<void> {
    await project.stack.configure({ settings: { keepVolumes: "true", ...more } });
    try {
      await work();
    } finally {
      await project.stack.configure({ settings: { keepVolumes: "true" } });
    }
  }

  const type = (words: string, what: Expected) =>
    assertTyped(`npx pulumi-compose ${words}`, project.stack, { follows: "tick", ...what });

  let somethingIsUp = false;

  async function run(command: string): Promise<void> {
    const words = command.replace("npx pulumi-compose ", "");
    const what = expected[words] ?? assert.fail(`nothing is expected of ${command}`);
    const makes = /^(?:up|config|build|pull)\b/.test(words);
    if (!makes && !somethingIsUp) await project.stack.recover();
    await type(words, what);
    // The commands of the rows behind these ask a stack that is ready.
    if (/^(?:start|restart)\b/.test(words)) await run("npx pulumi-compose wait");
    somethingIsUp =
      !words.startsWith("destroy") && (somethingIsUp || !/^(?:config|build|pull)\b/.test(words));
  }

  // What takes the stack down comes last.
  const isLast = ({ now }: Row) => Number(now.includes("destroy"));
  for (const row of rows.toSorted((one, other) => isLast(one) - isLast(other))) {
    test(`${row.before}: ${row.now}`, async () => {
      const commands = Object.hasOwn(otherwise, row.now) ? [] : commandsIn(row);
      if (commands.length === 0) await (otherwise[row.now] ?? assert.fail("nothing is expected of it"))();
      for (const command of commands) await run(command);
    });
  }
});
