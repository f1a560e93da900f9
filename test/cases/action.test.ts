import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dump, load } from "js-yaml";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";

const action = join(directory, ".github", "actions", "preview");

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly run: string; readonly env?: Readonly<Record<string, string>> }[];
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
    const sources = definition.replace("name: cases", "name: shop").replace(/\nbackend:[^]*$/, "\n");
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

  /** Commits what was written, and runs the action's steps on the commit, as a runner would. */
  async function run(from: string) {
    git("commit", "--quiet", "--all", "--message", "change");
    const runner = await mkdtemp(join(folder, "runner-"));
    const repo = { full_name: "ada/shop" };
    const event = { pull_request: { number: 7, head: { repo: { full_name: from } }, base: { repo } } };
    await writeFile(join(runner, "event.json"), JSON.stringify(event));
    const { inputs, runs } = load(await readFile(join(action, "action.yml"), "utf8")) as Action;
    const given: Readonly<Record<string, string>> = {
      ...{ stack: "prod", folder: "shop" },
      install: `ln -sfn '${join(directory, "node_modules")}' node_modules`,
    };
    const context: Readonly<Record<string, string>> = {
      "github.token": "a-token",
      "github.event.pull_request.base.sha": base,
      ...Object.fromEntries(
        Object.entries(inputs).map(([name, input]) => [`inputs.${name}`, given[name] ?? input.default ?? ""]),
      ),
    };
    const filled = (text: string): string =>
      text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => filled(context[name] ?? ""));
    let [code, output] = [0, ""];
    for (const step of runs.steps) {
      const ended = await runCommand("bash", ["-e", "-o", "pipefail", "-c", step.run], {
        cwd: repository,
        env: {
          ...Object.fromEntries(Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value)])),
          ...{ RUNNER_TEMP: runner, GITHUB_ACTION_PATH: action, GITHUB_WORKSPACE: repository },
          ...{ GITHUB_ACTIONS: "true", GITHUB_API_URL: github.url, GITHUB_REPOSITORY: "ada/shop" },
          GITHUB_EVENT_PATH: join(runner, "event.json"),
          GITHUB_STEP_SUMMARY: join(runner, "summary.md"),
          DOCKER_HOST: "unix:///nonexistent.sock",
        },
      });
      code ||= ended.code;
      output += ended.output;
    }
    const summary = await readFile(join(runner, "summary.md"), "utf8").catch(() => "");
    return { code, output, summary };
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
    const { code, output } = await run("ada/shop");
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
