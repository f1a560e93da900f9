import assert from "node:assert/strict";
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { lines } from "../fixture/command.ts";
import { freePorts } from "../fixture/ports.ts";
import { directory } from "../fixture/stack.ts";
import { Folder } from "./folder.ts";

// Each example is brought up from a copy of its folder, under a name and on ports of its own, with the package's sources.

/** Ports that the examples' files have. */
const written = [8080, 8081];

describe("an example comes up and serves", { concurrency: 2 }, () => {
  example("compose-only", async (folder, [port = 0]) => {
    await folder.must("npx", "pulumi-compose", "up", "--yes");
    assert.match(await page(port), /Hello from Compose/);
    assert.deepEqual(await healthOf(folder), ["redis healthy", "web healthy"]);
  });

  example("typescript-service", async (folder, [port = 0]) => {
    await folder.must("npx", "pulumi-compose", "up", "--yes");
    assert.equal(await page(port), "<ul><li>eu</li><li>us</li></ul>\n");
    await folder.must("npx", "pulumi", "config", "set", "regions", "eu, us, asia", "--stack", "dev");
    await folder.must("npx", "pulumi-compose", "up", "--yes");
    assert.match(await page(port), /<li>asia<\/li>/);
    assert.deepEqual(await healthOf(folder), ["redis healthy", "web healthy"]);
  });

  example("gateway", async (folder, [port = 0]) => {
    await folder.must("npx", "pulumi-compose", "up", "--yes");
    const answers = await Promise.all(["/shop/", "/blog/", "/nothing"].map((path) => statusOf(port, path)));
    assert.deepEqual(answers, [200, 200, 404]);
    assert.deepEqual(await healthOf(folder), ["blog healthy", "shop healthy", "traefik healthy"]);
  });

  example("two-stacks", async (folder, [port = 0, other = 0]) => {
    await folder.must("npx", "pulumi-compose", "up", "--yes");
    await folder.must("npx", "pulumi-compose", "up", "--stack", "staging", "--yes");
    assert.equal(await page(port), "Hello from dev\n");
    assert.equal(await page(other), "Hello from staging\n");
    assert.deepEqual(await healthOf(folder), ["web healthy"]);
    assert.deepEqual(await healthOf(folder, "--project-name", `${folder.project}-staging`), ["web healthy"]);

    // A third one, which the command itself makes.
    const said = await folder.must("npx", "pulumi-compose", "init", "stack", "demo");
    const [, third = ""] = /web on host port (\d+)/.exec(said) ?? [];
    await folder.must("npx", "pulumi-compose", "up", "--stack", "demo", "--yes");
    assert.equal(await page(Number(third)), "Hello from dev\n");
  });
});

function example(name: string, check: (folder: Folder, ports: readonly number[]) => Promise<void>): void {
  test(name, async () => {
    const ports = await freePorts(written.length);
    const folder = await Folder.create("Example", {
      PULUMI_CONFIG_PASSPHRASE: "",
      NODE_OPTIONS: "--conditions=pulumi-compose-source",
    });
    try {
      await fill(folder, name, ports);
      await check(folder, ports);
    } finally {
      await folder.remove();
    }
  });
}

/** Copies an example, with the name of the folder for its name, and ports that are free. */
async function fill(
  { directory: copy, project }: Folder,
  name: string,
  ports: readonly number[],
): Promise<void> {
  const source = join(directory, "examples", name);
  await cp(source, copy, { recursive: true, filter: (path) => !path.startsWith(join(source, ".state")) });
  await symlink(join(directory, "node_modules"), join(copy, "node_modules"));
  for (const file of (await readdir(copy)).filter((entry) => entry.endsWith(".yaml"))) {
    const text = await readFile(join(copy, file), "utf8");
    const renamed = text.replaceAll(new RegExp(`(?<=^name: )${name}$|\\b${name}(?=:)`, "gm"), project);
    // All at once: a free port may have the digits of the next port in it.
    const moved = renamed.replaceAll(new RegExp(written.join("|"), "g"), (port) =>
      String(ports[written.indexOf(Number(port))]),
    );
    await writeFile(join(copy, file), moved);
  }
}

async function page(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/`)).text();
}

async function statusOf(port: number, path: string): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).status;
}

/** What `docker compose ps` says in the folder. */
async function healthOf(folder: Folder, ...options: readonly string[]): Promise<string[]> {
  const format = "{{.Service}} {{.Health}}";
  return lines(await folder.must("docker", "compose", ...options, "ps", "--format", format)).sort();
}
