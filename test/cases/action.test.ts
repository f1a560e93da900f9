import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dump, load } from "js-yaml";
import { projectName } from "../../components/plan/project-name.ts";
import { runCommand } from "../fixture/command.ts";
import { containerIds, leftOf } from "../fixture/docker.ts";
import { directory } from "../fixture/stack.ts";
import { Case } from "./case.ts";

const action = join(directory, ".github", "actions", "preview");

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly run: string;
      readonly if?: string;
      readonly env?: Readonly<Record<string, string>>;
    }[];
  };
}

/** Comments on pull request 7, by GitHub's API, and who may write. */
class GitHub {
  readonly comments: { id: number; body: string }[] = [{ id: 1, body: "Looks good" }];
  readonly asked: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => (body += part));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        this.asked.push(`${method} ${url.replace(/\?.*/, "")}`);
        const isAllowed = headers.authorization === "Bearer a-token";
        response.statusCode = isAllowed ? 200 : 403;
        const page = Number(new URL(url, "http://github").searchParams.get("page"));
        if (!isAllowed) response.end("{}");
        else if (method === "GET") response.end(JSON.stringify(page === 1 ? this.comments : []));
        else response.end(JSON.stringify(this.write(url, (JSON.parse(body) as { body: string }).body)));
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }

  private write(url: string, body: string): object {
    const id = Number(/comments\/(\d+)$/.exec(url)?.[1] ?? this.comments.length + 1);
    const comment = this.comments.find((other) => other.id === id);
    if (comment === undefined) this.comments.push({ id, body });
    else comment.body = body;
    return { id };
  }
}

/** What the packages of a commit are installed by. */
const installs = `ln -sfn '${join(directory, "node_modules")}' node_modules`;

interface Run {
  /** Where the runner's folder is made. */
  readonly folder: string;
  /** The checkout. */
  readonly repository: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The repository that the pull request comes from. */
  readonly from: string;
  /** The base commit. */
  readonly base?: string;
  /** Of the pull request. */
  readonly number?: number;
  /** What happened to the pull request. */
  readonly action?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs the steps of the action on the commit that is checked out, as a runner would. */
async function runAction(github: GitHub, { folder, repository, from, base = "", ...rest }: Run) {
  const { action: happened = "synchronize", number = 7, inputs: given, environment = {} } = rest;
  const runner = await mkdtemp(join(folder, "runner-"));
  const own = "ada/shop";
  const repo = { full_name: own };
  const event = { pull_request: { number, head: { repo: { full_name: from } }, base: { repo } } };
  await writeFile(join(runner, "event.json"), JSON.stringify(event));
  const { inputs, runs } = load(await readFile(join(action, "action.yml"), "utf8")) as Action;
  const context: Readonly<Record<string, string>> = {
    "github.token": "a-token",
    "github.event.action": happened,
    "github.event.pull_request.number": String(number),
    "github.event.pull_request.base.sha": base,
    "github.event.pull_request.head.repo.full_name": from,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [`inputs.${name}`, given[name] ?? input.default ?? ""]),
    ),
  };
  const filled = (text: string): string =>
    text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => filled(context[name] ?? ""));
  let [code, output] = [0, ""];
  for (const step of runs.steps) {
    if (code !== 0 && step.if !== "always()") continue;
    const ended = await runCommand("bash", ["-e", "-o", "pipefail", "-c", step.run], {
      cwd: repository,
      env: {
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value)])),
        ...{ RUNNER_TEMP: runner, GITHUB_ACTION_PATH: action, GITHUB_WORKSPACE: repository },
        ...{ GITHUB_ACTIONS: "true", GITHUB_API_URL: github.url, GITHUB_REPOSITORY: own },
        GITHUB_EVENT_PATH: join(runner, "event.json"),
        GITHUB_STEP_SUMMARY: join(runner, "summary.md"),
        DOCKER_HOST: "unix:///nonexistent.sock",
        ...environment,
      },
    });
    code ||= ended.code;
    output += ended.output;
  }
  const summary = await readFile(join(runner, "summary.md"), "utf8").catch(() => "");
  return { code, output, summary };
}

describe("the action for pull requests, without a backend and without an engine", () => {
  const github = new GitHub();
  let folder: string;
  let repository: string;
  let base: string;
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: repository,
      encoding: "utf8",
    }).trim();

  before(async () => {
    await github.start();
    folder = await mkdtemp(join(tmpdir(), "action-"));
    repository = join(folder, "repository");
    const program = join(repository, "shop");
    await cp(join(directory, "examples", "compose-only"), program, { recursive: true });
    await writeFile(join(program, "Pulumi.prod.yaml"), "config: {}\n");
    const definition = await readFile(join(directory, "test", "cases", "program", "Pulumi.yaml"), "utf8");
    const sources = definition
      .replace("name: cases", "name: shop")
      .replace(/path: .*(?=node_modules)/, "path: ")
      .replace(/\nbackend:[^]*$/, "\n");
    await writeFile(join(program, "Pulumi.yaml"), sources);
    await writeFile(join(repository, ".gitignore"), "node_modules\n.state\n");
    await writeCompose({ LOG_LEVEL: "info" });
    git("init", "--quiet");
    git("add", ".");
    git("commit", "--quiet", "--message", "base");
    base = git("rev-parse", "HEAD");
  });
  after(async () => {
    github.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function writeCompose(environment: Readonly<Record<string, string>>, more: object = {}): Promise<void> {
    const web = { image: "debian:bookworm-slim", command: "sleep infinity", environment };
    const services = { web, db: { image: "postgres:16-alpine", volumes: ["data:/var/lib"] }, ...more };
    const file = join(repository, "shop", "compose.yaml");
    return writeFile(file, dump({ services, volumes: { data: {} } }));
  }

  /** Commits what was written, and runs the action on the commit. */
  async function run(from: string, environment: Readonly<Record<string, string>> = {}) {
    git("commit", "--quiet", "--all", "--message", "change");
    const inputs = { stack: "prod", folder: "shop", install: installs };
    return runAction(github, { folder, repository, inputs, from, base, environment });
  }

  test("posts what the pull request would change, beside its base", async () => {
    await writeCompose({ LOG_LEVEL: "debug" }, { cache: { image: "redis:7-alpine" } });
    const { code, output, summary } = await run("ada/shop");
    assert.equal(code, 0, output);
    const [, comment] = github.comments;
    assert.match(
      comment?.body ?? "",
      /^<!-- .* -->\n### 1 service replaced with a gap, 1 added, no data touched\n/,
    );
    assert.match(comment?.body ?? "", /\n\| web \| replaced \| 1 \|/);
    assert.match(comment?.body ?? "", /environment\.LOG\\_LEVEL info → debug/);
    assert.match(comment?.body ?? "", /"cache \(new\)"/);
    assert.doesNotMatch(comment?.body ?? "", /\| db \|/);
    assert.equal(summary.trim(), comment?.body.trim());
    assert.equal(git("log", "-1", "--format=%s"), "change", "the commit of the run is checked out again");
  });

  test("keeps its comment up to date, and puts a mistake beside its line", async () => {
    await writeCompose({ LOG_LEVEL: "debug" }, { cache: { image: "redis:7-alpine", mem_limit: "1k" } });
    // As where a workflow checks the repository out into a folder of the workspace.
    const { code, output } = await run("ada/shop", { GITHUB_WORKSPACE: folder });
    assert.equal(code, 1, output);
    assert.equal(github.comments.length, 2, "in place");
    assert.match(github.comments[1]?.body ?? "", /\n### 1 mistake: `up` would refuse the stack\n/);
    assert.match(output, /^::error file=shop\/compose\.yaml,line=\d+,title=[a-z-]+::services\.cache/m);
  });

  test("writes nothing for a fork, whose preview is in the run's summary", async () => {
    await writeCompose({ LOG_LEVEL: "warn" });
    const asked = github.asked.length;
    const { code, output, summary } = await run("eve/shop");
    assert.equal(code, 0, output);
    assert.equal(github.asked.length, asked);
    assert.match(summary, /\n### 1 service replaced with a gap, no data touched\n/);
  });
});

describe("the action for pull requests, with the state of a stack that is up", () => {
  const github = new GitHub();
  let project: Case;
  before(async () => {
    await github.start();
    project = await Case.create("action");
    await project.stack.up();
  });
  after(async () => {
    github.stop();
    await project.remove();
  });

  /** Runs the action beside the state, on the definitions as they are in the project's folder. */
  function run({ inputs = {}, environment = {}, ...more }: Partial<Run> = {}) {
    const program = "test/cases/program";
    return runAction(github, {
      ...{ folder: project.folder, repository: directory, from: "ada/shop", ...more },
      inputs: {
        ...{ stack: project.stack.name, folder: program, install: "true" },
        backend: `file://${join(directory, ".state")}?metadata=skip`,
        ...inputs,
      },
      environment: { ...project.stack.environment, ...environment },
    });
  }

  test("compares with the state, and asks no engine", async () => {
    const file = join(project.folder, "compose.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("LOG_LEVEL: info", "LOG_LEVEL: debug"));
    const { code, output } = await run();
    await writeFile(file, text);
    assert.equal(code, 0, output);
    const [, comment] = github.comments;
    assert.match(
      comment?.body ?? "",
      /\n### 1 service replaced with a gap(?: of about \d+ s)?, no data touched\n/,
    );
    assert.match(comment?.body ?? "", /environment\.LOG\\_LEVEL info → debug/);
  });

  test("gives the pull request a stack of its own until it is closed", async () => {
    const onEngine = { DOCKER_HOST: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock" };
    const number = randomInt(1e6, 1e9);
    const asked = { inputs: { like: project.stack.name }, environment: onEngine, number };
    const own = projectName("cases", `pr-${number}`);
    try {
      const opened = await run(asked);
      assert.equal(opened.code, 0, opened.output);
      assert.deepEqual(Object.keys(await containerIds(own)), ["web"]);
      const [, comment] = github.comments;
      assert.match(
        comment?.body ?? "",
        /\n#### The stack pr-\d+ is up\n\n```text\n(?:.*\n)*.* web .* running /,
      );
    } finally {
      const closed = await run({ ...asked, action: "closed" });
      assert.equal(closed.code, 0, closed.output);
    }
    assert.deepEqual(await leftOf(own), []);
  });

  test("gives a fork's pull request no stack", async () => {
    const { code, output } = await run({ inputs: { like: project.stack.name }, from: "eve/shop" });
    assert.equal(code, 0, output);
    assert.match(output, /^A fork's pull request gets no stack of its own\.$/m);
  });
});
