import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { lines } from "../fixture/command.ts";
import { readmeCommands } from "../fixture/markdown.ts";
import { freePorts } from "../fixture/ports.ts";
import { until } from "../fixture/until.ts";
import { Folder } from "./folder.ts";
import { tarball } from "./pack.ts";

// A person has a Compose project in a folder of their own, has run it with `docker compose up`, and brings it under
// Pulumi with the package as npm installs it; in the end they go back to `docker compose up`. Each test goes on where the
// one before has left the folder.

/** The five lines of README.md: packing and going there are done by `pack.ts` and `Folder`. */
const [, , installLine = "", initLine = "", upLine = ""] = readmeCommands("Your own Compose project");

const token = "t0p-s3cret";
const [port = 0] = await freePorts(1);
const folder = await Folder.create("Shop", {
  WEB_PORT: String(port),
  PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
});

before(() => folder.fill(join(import.meta.dirname, "project")));
after(() => folder.remove());

test("the project runs under docker compose, and an order is written", async () => {
  await folder.must("docker", "compose", "up", "--detach", "--build", "--wait");
  await order("book");
  // `down` keeps volumes without a name, which nobody can tell from others.
  await folder.must("docker", "compose", "rm", "--stop", "--force", "--volumes");
  await folder.must("docker", "compose", "down");
});

test("npm installs the package without a complaint about it", async () => {
  const [, named = ""] = /(\S+\.tgz)$/.exec(installLine) ?? [];
  assert.equal(basename(tarball()), basename(named));
  const output = await typed(installLine.replace(named, tarball()), "--prefer-offline");
  assert.doesNotMatch(output, /deprecated|ERESOLVE|EBADENGINE|vulnerabilit/);
});

test("init refuses to guess what is a secret, and writes nothing", async () => {
  const { code, output } = await folder.run("npx", "pulumi-compose", "init");
  assert.equal(code, 1);
  assert.match(
    output,
    /API_TOKEN and DB_PASSWORD look like secrets\n→ .*--secret API_TOKEN --secret DB_PASSWORD/,
  );
  await assert.rejects(stat(join(folder.directory, "Pulumi.yaml")));
});

test("init writes the program, with the secrets encrypted", async () => {
  const output = await init();
  assert.match(output, new RegExp(`the Compose project ${folder.project},`));
  assert.match(output, /Next:\n {2}npx pulumi-compose up\n {2}docker compose ps\n/);
  const stack = await text("Pulumi.dev.yaml");
  assert.match(stack, /^# yaml-language-server: \$schema=node_modules\/pulumi-compose\//);
  assert.match(stack, /:dbPassword:\n {4}secure: v1:/);
  assert.doesNotMatch(stack, new RegExp(token));
  const [, schema = ""] = /\$schema=(\S+)/.exec(stack) ?? [];
  assert.match(await text(schema), /"\$schema"/);
});

test("init refuses to write over what is there", async () => {
  const { code, output } = await folder.run("npx", "pulumi-compose", "init", "--yes");
  assert.equal(code, 1);
  assert.match(output, /^Pulumi\.yaml is there already$/m);
});

test("up brings it up healthy, with the order that docker compose left", async () => {
  const output = await typed(upLine, "--yes");
  assert.doesNotMatch(output, /warning|correct-horse|t0p-s3cret/);
  assert.deepEqual(await orders(), ["book"]);
  assert.equal(await greeting(), "welcome, developer");
});

test("docker compose ps, logs and exec work in the folder", async () => {
  const format = "{{.Service}} {{.Health}}";
  const services = lines(await folder.must("docker", "compose", "ps", "--format", format)).sort();
  const healthy = ["api", "postgres", "redis", "web", "worker"].map((service) => `${service} healthy`);
  assert.deepEqual(services, healthy);
  assert.match(await folder.must("docker", "compose", "logs", "worker"), /waiting for orders/);
  assert.equal(
    (await folder.must("docker", "compose", "exec", "-T", "redis", "redis-cli", "ping")).trim(),
    "PONG",
  );
});

test("a preview finds nothing to change", async () => {
  await folder.must("npx", "pulumi-compose", "preview", "--exit-code");
});

test("a change in .env is an update of the service that it concerns", async () => {
  await writeFile(join(folder.directory, ".env"), `${await text(".env")}GREETING=good morning\n`);
  const output = await folder.must("npx", "pulumi-compose", "up", "--yes");
  assert.match(output, /-api-\d+ replaced/);
  assert.doesNotMatch(output, /-(web|worker|postgres|redis)-\d+ (?:created|replaced)/);
  assert.equal(await greeting(), "good morning");
  await order("pen");
});

test("plain pulumi up works in the folder, and has nothing to do", async () => {
  const output = await folder.must("npx", "pulumi", "up", "--stack", "dev", "--yes", "--expect-no-changes");
  assert.match(output, /\d+ unchanged/);
});

test("test brings a throw-away stack up beside it, and takes the stack down", async () => {
  const ask = "fetch(process.env.WEB_URL).then((answer) => answer.text()).then(console.log)";
  const output = await folder.must("npx", "pulumi-compose", "test", "--", "node", "-e", ask);
  assert.match(output, /^good morning$/m);
  const names = lines(await folder.must("docker", "ps", "--all", "--format", "{{.Names}}"));
  assert.deepEqual(
    names.filter((name) => name.startsWith(`${folder.project}-t-`)),
    [],
  );
});

test("a backup of the database is taken while it runs", async () => {
  await folder.must("npx", "pulumi-compose", "backup", "pgdata", "pgdata.tar.gz");
  assert.match(await folder.must("tar", "-tzf", "pgdata.tar.gz"), /PG_VERSION/);
  await folder.must("sha256sum", "--check", "pgdata.tar.gz.sha256");
});

test("after destroy, docker compose up has every order", async () => {
  await folder.must("npx", "pulumi-compose", "destroy", "--yes");
  assert.deepEqual(lines(await folder.must("docker", "compose", "ps", "--all", "--quiet")), []);
  await folder.must("docker", "compose", "up", "--detach", "--wait");
  assert.deepEqual(await orders(), ["book", "pen"]);
});

function init(): Promise<string> {
  const secrets = ["--secret", "DB_PASSWORD", "--secret", "API_TOKEN"];
  return typed(initLine, ...secrets, "--yes");
}

/** A line of README.md, with the options by which a script answers what a person is asked on a terminal. */
function typed(line: string, ...answers: readonly string[]): Promise<string> {
  const [command = "", ...args] = line.split(" ");
  return folder.must(command, ...args, ...answers);
}

async function text(file: string): Promise<string> {
  return readFile(join(folder.directory, file), "utf8");
}

async function greeting(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}

/** Sends an order by the web server, and waits for the worker to write it. */
async function order(item: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/orders`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: item,
  });
  assert.equal(answer.status, 202);
  await until(`the worker writes ${item}`, async () => (await orders()).includes(item));
}

async function orders(): Promise<string[]> {
  const psql = ["psql", "-U", "shop", "-Atc", "SELECT item FROM orders"];
  return lines(await folder.must("docker", "compose", "exec", "-T", "postgres", ...psql));
}
