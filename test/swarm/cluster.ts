import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { commandFolder } from "../../scripts/paths.mjs";
import { registryProgram } from "../../scripts/setup/registry.mjs";
import { lines, runCommand, type Finished } from "../fixture/command.ts";
import { startLoadThere } from "../fixture/load-there.ts";
import { login, loginFolder, prepareRegistry } from "../fixture/private-registry.ts";
import { startReaper, type Reaper } from "../fixture/reaper.ts";
import { directory, type Settings } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

const namespaces = ["--net", "--mount", "--pid", "--fork"];

/** Why a test cannot have a cluster here; `undefined` where it can. */
export function whyNoCluster(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "a cluster needs Linux and root";
  if (!existsSync(registryProgram)) return "set-up has no registry for this machine";
  try {
    execFileSync("unshare", [...namespaces, "sh", "-c", "ip netns list && dockerd --version"], {
      stdio: "ignore",
    });
    return undefined;
  } catch {
    return "this machine gives no namespaces, or has no dockerd or no ip";
  }
}

export interface ClusterOptions {
  /** Default 3. */
  readonly nodes?: number;
  /** How many of the nodes are managers, from the first on. Default 1. */
  readonly managers?: number;
}

/**
 * A Docker Swarm of several engines with a registry, on a network of their own. All of it is in namespaces of this
 * cluster, so that nobody else's networks, processes and mounts change, and that all of it ends with the test.
 *
 * Nodes are told apart by their label `name`: `node1`, `node2`, …, since all have the machine's host name.
 */
export class Cluster {
  /** The registry's address, which the nodes and `run` reach. Plain HTTP, and a login that a stack's config has to have. */
  readonly registry = "10.77.0.100:5000";
  /** The numbers of the nodes. */
  private readonly nodes: readonly number[];
  private readonly folder: string;
  private readonly id: string;
  /** Holds the namespaces, for as long as the pipe to it is open. */
  private readonly holder: ChildProcess;
  private readonly reaper: Reaper;

  private constructor(folder: string, id: string, holder: ChildProcess, nodes: readonly number[]) {
    this.nodes = nodes;
    this.folder = folder;
    this.id = id;
    this.holder = holder;
    this.reaper = startReaper(join(import.meta.dirname, "reap-cluster.ts"), [folder, id]);
  }

  static async start({ nodes = 3, managers = 1 }: ClusterOptions = {}): Promise<Cluster> {
    const id = `swarm-${randomBytes(4).toString("hex")}`;
    const folder = await mkdtemp(join(tmpdir(), "cluster-"));
    const prepare = [
      "mkdir -p /run/netns && mount -t tmpfs none /run/netns",
      // Another containerd of the machine's would be used in place of the engines' own.
      "{ [ ! -d /run/containerd ] || mount -t tmpfs none /run/containerd; }",
      "ip link set lo up && ip link add br0 type bridge && ip addr add 10.77.0.254/24 dev br0 && ip link set br0 up",
    ].join(" && ");
    // The shell stays beside cat: as the first process it takes note of the ends of those whose parents were killed.
    const holder = spawn(
      "unshare",
      [...namespaces, "--mount-proc", "sh", "-c", `${prepare} && echo up && cat; true`],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    const numbers = Array.from({ length: nodes }, (_, index) => index + 1);
    const cluster = new Cluster(folder, id, holder, numbers);
    try {
      await cluster.startRegistry();
      await Promise.all(numbers.map((number) => cluster.addNode(number)));
      await cluster.join(numbers, managers);
      await cluster.writeCommands();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Ends all of it, and removes what it leaves. */
  async stop(): Promise<void> {
    const ended = once(this.holder, "exit");
    this.holder.stdin?.end();
    await ended;
    if ((await this.reaper.end()) !== 0) throw new Error(`what ${this.folder} holds was not removed`);
  }

  /** The address of a node's engine. */
  host(number: number): string {
    return `unix://${this.file(number, "docker.sock")}`;
  }

  /**
   * The environment of a command that works on the cluster: `pulumi` reaches the registry, and Docker's command line is
   * that of the first node.
   */
  get environment(): Readonly<Record<string, string>> {
    const path = [join(this.folder, "bin"), commandFolder, process.env.PATH ?? ""].join(delimiter);
    return { PATH: path, DOCKER_HOST: this.host(1) };
  }

  /** Stack config for a stack in this swarm. @param managers Addresses of managers. Default: the first node's. */
  settings(managers: readonly string[] = [this.host(1)]): Settings {
    const { username, password } = login;
    return {
      target: "swarm",
      swarm: { managers, registry: `http://${this.registry}` },
      registryAuth: { [this.registry]: { username, password: "${registryPassword}" } },
      registryPassword: password,
    };
  }

  /** Runs `docker <args>` on a node, with the registry's login. @returns Its output. */
  async docker(number: number, ...args: readonly string[]): Promise<string> {
    return mustRun("docker", [
      "--config",
      join(this.folder, loginFolder),
      "--host",
      this.host(number),
      ...args,
    ]);
  }

  /** The command that runs another on the cluster's network, beside the nodes. */
  get onNetwork(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.holder.pid ?? 0}/ns/net`];
  }

  /** Puts images of the machine's engine into the registry, under their names there. */
  async push(...images: readonly string[]): Promise<void> {
    // Layers that several have in common go over once.
    await mustRun("sh", ["-c", 'docker save "$@" | docker --host "$0" load', this.host(1), ...images]);
    for (const image of images) {
      const name = this.named(image);
      if (name !== image) await this.docker(1, "tag", image, name);
      await this.docker(1, "push", name);
    }
  }

  /** An image's name in the registry. */
  named(image: string): string {
    return image.startsWith(`${this.registry}/`) ? image : `${this.registry}/${image}`;
  }

  /** Runs a command on the cluster's network, beside the nodes, whatever its end. */
  async run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const [nsenter = "", ...args] = this.onNetwork;
    return runCommand(nsenter, [...args, ...words], { cwd: directory, env });
  }

  /** What a page on the cluster's network has; nothing where nobody answers well. */
  async page(url: string): Promise<string> {
    return (await this.run(["curl", "--silent", "--fail", "--max-time", "5", url])).output;
  }

  /** Asks for a page again and again. @returns What ends the load, and tells which requests failed. */
  async startLoad(url: string): Promise<() => Promise<readonly string[]>> {
    const end = await startLoadThere(this.onNetwork, url);
    return async () => {
      const { requests, failures } = await end();
      assert.ok(requests > 100, `only ${requests} requests`);
      return failures;
    };
  }

  /** A node's id in the swarm. */
  async nodeId(number: number): Promise<string> {
    return (await this.docker(number, "info", "--format", "{{.Swarm.NodeID}}")).trim();
  }

  /** Ids of the tasks of services that are to run. */
  async tasks(...services: readonly string[]): Promise<readonly string[]> {
    const args = ["service", "ps", "--quiet", "--no-trunc", "--filter", "desired-state=running"];
    return lines(await this.docker(1, ...args, ...services)).toSorted();
  }

  /** Ids of the nodes on which containers of a service run, one a container. @param manager Number of the node that is asked. */
  async runningOn(service: string, manager = 1): Promise<readonly string[]> {
    const ofService = ["--quiet", "--no-trunc", "--filter", "desired-state=running", service];
    const ids = lines(await this.docker(manager, "service", "ps", ...ofService));
    if (ids.length === 0) return [];
    const seen = JSON.parse(await this.docker(manager, "inspect", "--type", "task", ...ids)) as readonly {
      readonly NodeID?: string;
      readonly Status: { readonly State: string };
    }[];
    return seen.flatMap(({ NodeID: node, Status: { State: state } }) =>
      state === "running" && node !== undefined ? [node] : [],
    );
  }

  /** Waits until a manager says that a node is ready. @param manager Number of the node that is asked. */
  async untilReady(number: number, manager = 1): Promise<void> {
    const args = ["node", "ls", "--filter", `node.label=name=node${number}`, "--format", "{{.Status}}"];
    await until(`node ${number} is ready`, async () => {
      return (await this.docker(manager, ...args).catch(() => "")).trim() === "Ready";
    });
  }

  /** Fails unless a stack that was destroyed has left nothing but volumes on any node. */
  async assertOnlyVolumesLeft(project: string): Promise<void> {
    for (const node of this.nodes) {
      await until(`node ${node} has no container left`, async () => {
        return lines(await this.docker(node, "ps", "--all", "--quiet")).length === 0;
      });
    }
    for (const kind of ["service", "config", "secret"])
      assert.deepEqual(lines(await this.docker(1, kind, "ls", "--quiet")), []);
    const networks = lines(await this.docker(1, "network", "ls", "--format", "{{.Name}}"));
    assert.deepEqual(
      networks.filter((name) => name.includes(project)),
      [],
    );
  }

  /** Ends a node's engine in good order, or by SIGKILL; its containers run on after the latter. */
  async end(number: number, signal: "TERM" | "KILL"): Promise<void> {
    const pid = this.file(number, "pid");
    await this.inside(
      `kill -${signal} $(cat ${pid}) && while kill -0 $(cat ${pid}); do sleep 0.1; done; rm -f ${pid}`,
    );
  }

  /** Lets a node's engine hang, so that it answers nobody while its containers run on, or lets it go on. */
  async hang(number: number, hangs: boolean): Promise<void> {
    await this.inside(`kill -${hangs ? "STOP" : "CONT"} $(cat ${this.file(number, "pid")})`);
  }

  /** Starts a node's engine again. */
  async restart(number: number): Promise<void> {
    await this.startEngine(number);
  }

  /** Cuts a node's link to the others, or puts the link back. */
  async link(number: number, state: "down" | "up"): Promise<void> {
    await this.inside(`ip link set v-node${number} ${state}`);
  }

  private file(number: number, name: string): string {
    return join(this.folder, String(number), name);
  }

  /** Runs a shell's command in the namespaces. */
  private async inside(command: string): Promise<string> {
    const of = `/proc/${this.holder.pid ?? 0}/ns`;
    const enter = [`--net=${of}/net`, `--mount=${of}/mnt`, `--pid=${of}/pid_for_children`];
    return mustRun("nsenter", [...enter, "sh", "-c", command]);
  }

  private async addNamespace(name: string, address: string): Promise<void> {
    await this.inside(
      [
        `ip netns add ${name}`,
        `ip link add v-${name} type veth peer name eth0 netns ${name}`,
        `ip link set v-${name} master br0 up`,
        `ip -n ${name} link set lo up`,
        `ip -n ${name} addr add ${address}/24 dev eth0`,
        `ip -n ${name} link set eth0 up`,
        // A swarm chooses an address by the default route.
        `ip -n ${name} route add default via 10.77.0.254`,
      ].join(" && "),
    );
  }

  private async addNode(number: number): Promise<void> {
    await mkdir(this.file(number, ""), { recursive: true });
    // None of the machine's settings.
    await writeFile(this.file(number, "daemon.json"), "{}");
    await this.addNamespace(`node${number}`, `10.77.0.${number}`);
    await this.startEngine(number);
  }

  private async startEngine(number: number): Promise<void> {
    const flags = {
      "data-root": this.file(number, "data"),
      "exec-root": this.file(number, "exec"),
      pidfile: this.file(number, "pid"),
      host: this.host(number),
      "config-file": this.file(number, "daemon.json"),
      "cgroup-parent": `/${this.id}`,
      "insecure-registry": this.registry,
      bip: `172.29.${number}.1/24`,
      "userland-proxy": "false",
    };
    const words = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    // Not by `ip netns exec`, which lays another /sys over that with the control groups.
    await this.inside(
      `nsenter --net=/run/netns/node${number} dockerd ${words.join(" ")} >>${this.file(number, "log")} 2>&1 </dev/null &`,
    );
    await until(`node ${number} answers`, async () => {
      const { code } = await runCommand("docker", ["--host", this.host(number), "version"], {
        cwd: directory,
      });
      return code === 0;
    });
  }

  private async join(numbers: readonly number[], managers: number): Promise<void> {
    const pool = ["--default-addr-pool", "10.99.0.0/16"];
    await this.docker(1, "swarm", "init", "--advertise-addr", "10.77.0.1", ...pool);
    const token = async (role: string) =>
      lines(await this.docker(1, "swarm", "join-token", "-q", role))[0] ?? "";
    const tokens = { manager: await token("manager"), worker: await token("worker") };
    for (const number of numbers.slice(1)) {
      const role = number <= managers ? tokens.manager : tokens.worker;
      const words = ["--token", role, "--advertise-addr", `10.77.0.${number}`, "10.77.0.1:2377"];
      await this.docker(number, "swarm", "join", ...words);
    }
    for (const number of numbers) {
      const node = await this.nodeId(number);
      await this.docker(1, "node", "update", "--label-add", `name=node${number}`, node);
    }
  }

  private async startRegistry(): Promise<void> {
    await this.addNamespace("registry", "10.77.0.100");
    const start = await prepareRegistry(this.folder, this.registry);
    await this.inside(`nsenter --net=/run/netns/registry ${start}`);
    await until("the registry answers", async () => {
      const ask = `fetch("http://${this.registry}/v2/").catch(() => process.exit(1))`;
      return (await this.run([process.execPath, "--eval", ask])).code === 0;
    });
  }

  /** Pulumi asks the registry for digests, so Pulumi runs on the cluster's network. */
  private async writeCommands(): Promise<void> {
    const bin = join(this.folder, "bin");
    await mkdir(bin);
    const pulumi = join(bin, "pulumi");
    await writeFile(
      pulumi,
      `#!/bin/sh\nexec ${this.onNetwork.join(" ")} ${join(commandFolder, "pulumi")} "$@"\n`,
    );
    await chmod(pulumi, 0o755);
  }
}

async function mustRun(command: string, args: readonly string[]): Promise<string> {
  const { code, output }: Finished = await runCommand(command, args, { cwd: directory });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${output}`);
  return output;
}

/** Asserts that a command ended well. @returns What the command has ended with. */
export function succeeded(finished: Finished): Finished {
  assert.equal(finished.code, 0, finished.output);
  return finished;
}
