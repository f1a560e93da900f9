import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { sharedConnection } from "../../components/engine/ssh.ts";
import { commandFolder } from "../../scripts/paths.mjs";
import { sshServerLibraries, sshServerProgram } from "../../scripts/setup/ssh-server.mjs";
import { runCommand } from "../fixture/command.ts";
import { startLoadThere, type Load } from "../fixture/load-there.ts";
import { OwnEngine, whyNoOwnEngine } from "../fixture/own-engine.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

/** Why a test cannot have a server here; `undefined` where it can. */
export function whyNoServer(): string | undefined {
  if (!existsSync(sshServerProgram)) return "set-up has no server of OpenSSH for this machine";
  try {
    execFileSync("ssh", ["-V"], { stdio: "ignore" });
  } catch {
    return "this machine has no command ssh";
  }
  return whyNoOwnEngine();
}

/** Milliseconds that a question takes to a server that is far away, and its answer back. */
const roundTrip = 50;

/** Users of a server: one may use the engine, the other may not. */
const users = { deploy: { id: 7001, groups: ["docker"] }, stranger: { id: 7002, groups: [] } } as const;

/**
 * A machine with Docker and OpenSSH's server and nothing else, as far as a stack can see: in namespaces of its own, in which
 * there is no checkout. It is reached by SSH alone, by a `ssh` that enters its network; keys and known hosts are the test's.
 */
export class Server {
  readonly engine: OwnEngine;
  /** The key `engine` of a stack on this server. */
  readonly address: string;
  /** Its name, which no other server has: who logs in to that name uses the connection that is there. */
  readonly name = `shop-${randomBytes(4).toString("hex")}.test`;

  private constructor(engine: OwnEngine) {
    this.engine = engine;
    this.address = `ssh://deploy@${this.name}:2222`;
  }

  /**
   * Starts one that has some of the machine's engine's images.
   *
   * @param disk How large the disk of its engine is, as mount has it: `1g`. Default: as large as this machine's.
   */
  static async start(images: readonly string[], { disk }: { readonly disk?: string } = {}): Promise<Server> {
    const onDisk = (folder: string) =>
      disk === undefined
        ? prepare(folder)
        : `${prepare(folder)} && mkdir ${folder}/data && mount -t tmpfs -o size=${disk} none ${folder}/data`;
    const engine = await OwnEngine.start(images, { prepare: onDisk, host: "unix:///var/run/docker.sock" });
    const server = new Server(engine);
    try {
      await server.writeKeys();
      await server.writeSettings();
      await server.startSsh();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    // What was killed leaves its sockets behind.
    const sockets = [this.name, `slow-${this.name}`].map((host) => {
      const [, path = ""] = sharedConnection({ destination: `deploy@${host}`, port: "2222" });
      return join(homedir(), path.replace("ControlPath=~/", ""));
    });
    await this.disconnect();
    await this.engine.stop();
    for (const file of sockets.flatMap((socket) => [socket, `${socket}.sock`]))
      await rm(file, { force: true });
  }

  /** The same, with a round trip of 50 ms. */
  get slowAddress(): string {
    return `ssh://deploy@slow-${this.name}:2222`;
  }

  /** The environment of a command that reaches the server by SSH. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: [this.file("bin"), commandFolder, process.env.PATH ?? ""].join(delimiter) };
  }

  /** Runs `docker <args>` on the server's engine. @returns Its output. */
  async docker(...args: readonly string[]): Promise<string> {
    const { code, output } = await runCommand("docker", ["--host", this.engine.host, ...args], {
      cwd: directory,
    });
    if (code !== 0) throw new Error(output);
    return output;
  }

  /**
   * What is asked of the engine while something is done, by whoever asks, without the version of its API:
   * `GET /containers/json?all=1`.
   */
  async requestsDuring(run: () => Promise<unknown>): Promise<readonly string[]> {
    const log = async () => (await readFile(this.file("log"), "utf8")).length;
    await this.logRequests(true);
    try {
      const begin = await log();
      await run();
      const text = (await readFile(this.file("log"), "utf8")).slice(begin);
      return [...text.matchAll(/ msg="Calling ([A-Z]+) (?:\/v[\d.]+)?([^"\s]+)/g)].map(
        ([, method = "", path = ""]) => `${method} ${path}`,
      );
    } finally {
      await this.logRequests(false);
    }
  }

  /** The engine takes up what it logs without a restart. */
  private async logRequests(debug: boolean): Promise<void> {
    await writeFile(this.file("daemon.json"), JSON.stringify({ debug }));
    await this.engine.inside('kill -HUP $(cat "$0/pid")');
    await until("the engine logs as it should", async () => {
      return (await this.docker("info", "--format", "{{.Debug}}")).trim() === String(debug);
    });
  }

  /** Cuts every connection that somebody has to the server, also in the middle of something. */
  async disconnect(): Promise<void> {
    await this.engine.inside("pkill -KILL -x sshd; true");
    // A killed server of SSH has the port until the server has ended.
    await until("nobody listens for SSH", async () => !(await this.listensForSsh()));
  }

  /** Sends requests to `<url>/health` from the server itself. @returns What ends them, and tells what came of them. */
  async load(url: string): Promise<() => Promise<Load>> {
    return startLoadThere(this.engine.onNetwork, url);
  }

  async startSsh(): Promise<void> {
    await this.engine.inside(
      `LD_LIBRARY_PATH=${await libraries()} ${sshServerProgram} -f "$0/sshd_config" -E "$0/sshd.log"`,
    );
    await until("somebody listens for SSH", () => this.listensForSsh());
  }

  private async listensForSsh(): Promise<boolean> {
    return (await this.engine.inside("ss -Hltn sport = :2222")) !== "";
  }

  /**
   * Forwards a port of this machine to one of the server, as a person does.
   *
   * @param command The command that a person types, for another server: `ssh -N -L 5432:127.0.0.1:5432 deploy@server.example`.
   * @param port Of this machine.
   * @returns What ends that.
   */
  async forward(command: string, port: number): Promise<() => Promise<void>> {
    const [, ...words] = command
      .replace(/-L \d+/, `-L ${port}`)
      .replace(/deploy@\S+/, `deploy@${this.name}`)
      .split(" ");
    // OpenSSH listens on this machine's own network, and enters the server's to log in.
    const delay = [process.execPath, join(import.meta.dirname, "delay.mjs"), "2222", "0"];
    const through = `ProxyCommand=${[...this.engine.onNetwork, ...delay].join(" ")}`;
    const ssh = spawn("/usr/bin/ssh", ["-F", this.file("ssh_config"), "-o", through, ...words], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(ssh, "exit");
    await until("the port is forwarded", async () => {
      if (ssh.exitCode !== null) throw new Error(`${command} ended with ${ssh.exitCode}`);
      const socket = connect(port, "127.0.0.1");
      const answers = await Promise.race([once(socket, "connect"), once(socket, "error")]).then(
        () => !socket.errored,
        () => false,
      );
      socket.destroy();
      return answers;
    });
    return async () => {
      ssh.kill();
      await ended;
    };
  }

  /** How often somebody has logged in. */
  async logIns(): Promise<number> {
    const log = await readFile(this.file("sshd.log"), "utf8");
    return log.split("\n").filter((line) => line.startsWith("Accepted")).length;
  }

  private file(name: string): string {
    return join(this.engine.folder, name);
  }

  private async writeKeys(): Promise<void> {
    for (const name of ["host_key", "key"]) {
      const made = await runCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", this.file(name)], {
        cwd: directory,
      });
      if (made.code !== 0) throw new Error(made.output);
    }
    const hostKey = await readFile(this.file("host_key.pub"), "utf8");
    await writeFile(this.file("known_hosts"), `server ${hostKey}`);
    await writeFile(this.file("no_known_hosts"), "");
    await chmod(this.engine.folder, 0o755);
  }

  private async writeSettings(): Promise<void> {
    await writeFile(
      this.file("sshd_config"),
      [
        "ListenAddress 127.0.0.1:2222",
        `HostKey ${this.file("host_key")}`,
        `AuthorizedKeysFile ${this.file("key.pub")}`,
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "PidFile none",
        "MaxStartups 100",
        "",
      ].join("\n"),
    );
    await writeFile(
      this.file("ssh_config"),
      [
        "Host slow-*",
        `  ProxyCommand ${process.execPath} ${join(import.meta.dirname, "delay.mjs")} 2222 ${roundTrip / 2}`,
        "Host unknown-*",
        `  UserKnownHostsFile ${this.file("no_known_hosts")}`,
        "Host *",
        "  HostName 127.0.0.1",
        "  HostKeyAlias server",
        `  UserKnownHostsFile ${this.file("known_hosts")}`,
        "  GlobalKnownHostsFile none",
        "  StrictHostKeyChecking yes",
        `  IdentityFile ${this.file("key")}`,
        "  IdentitiesOnly yes",
        "  IdentityAgent none",
        "",
      ].join("\n"),
    );
    await mkdir(this.file("bin"));
    await writeFile(
      this.file("bin/ssh"),
      `#!/bin/sh\nexec ${this.engine.onNetwork.join(" ")} /usr/bin/ssh -F ${this.file("ssh_config")} "$@"\n`,
    );
    await chmod(this.file("bin/ssh"), 0o755);
  }
}

/** Hides the checkout and what this machine's own engine has, and gives the server users. */
function prepare(folder: string): string {
  const passwd = Object.entries(users).map(([name, { id }]) => `${name}:*:${id}:${id}::/tmp:/bin/sh`);
  const members = Object.entries(users).flatMap(([name, { groups }]) =>
    (groups as readonly string[]).includes("docker") ? [name] : [],
  );
  const file = (name: string, lines: readonly string[]) =>
    `printf "%s\\n" ${lines.map((line) => `"${line}"`).join(" ")} > ${folder}/${name} && ` +
    `grep -v "^docker:" /etc/${name} >> ${folder}/${name} && mount --bind ${folder}/${name} /etc/${name}`;
  return [
    `mount -t tmpfs none ${directory}`,
    "mount -t tmpfs none /run && mkdir -p /run/sshd /run/lock",
    file("passwd", ["sshd:*:7000:65534::/run/sshd:/usr/sbin/nologin", ...passwd]),
    file("group", [`docker:x:7000:${members.join(",")}`]),
  ].join(" && ");
}

/** Debian has libraries in a folder for the machine's kind. */
async function libraries(): Promise<string> {
  const folders = await readdir(sshServerLibraries);
  return folders.map((folder) => join(sshServerLibraries, folder)).join(":");
}
