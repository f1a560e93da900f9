import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../fixture/command.ts";
import { directory } from "../fixture/stack.ts";
import { until } from "../fixture/until.ts";

const namespaces = ["--net", "--mount", "--pid", "--fork"];

/** Why a test cannot have an engine of its own here; `undefined` where it can. */
export function whyNoOwnEngine(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0)
    return "an engine of its own needs Linux and root";
  try {
    execFileSync("unshare", [...namespaces, "dockerd", "--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this machine gives no namespaces, or has no dockerd";
  }
}

/**
 * A Docker engine that a test may kill, beside the machine's: in namespaces of its own, so that neither sees the other's
 * networks and packet filter, and that all of it ends with the test.
 */
export class OwnEngine {
  readonly host: string;
  private readonly folder: string;
  /** Holds the namespaces, for as long as the pipe to it is open. */
  private readonly holder: ChildProcess;
  private daemon: ChildProcess | undefined;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.holder = holder;
    this.host = `unix://${join(folder, "docker.sock")}`;
  }

  /** Starts one that has some of the machine's engine's images. */
  static async start(images: readonly string[]): Promise<OwnEngine> {
    const folder = await mkdtemp(join(tmpdir(), "engine-"));
    // None of the machine's settings.
    await writeFile(join(folder, "daemon.json"), "{}");
    // The shell stays beside cat: as the first process it takes note of the ends of those whose parents were killed.
    // Another containerd of the machine's would be used in place of one of its own.
    const hidden = "{ [ ! -d /run/containerd ] || mount -t tmpfs none /run/containerd; }";
    const holder = spawn(
      "unshare",
      [...namespaces, "--mount-proc", "sh", "-c", `ip link set lo up && ${hidden} && echo up && cat; true`],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await once(holder.stdout, "data");
    const engine = new OwnEngine(folder, holder);
    try {
      await engine.startDaemon();
      const load = await runCommand(
        "sh",
        ["-c", 'docker save "$@" | docker --host "$0" load', engine.host, ...images],
        {
          cwd: directory,
        },
      );
      if (load.code !== 0) throw new Error(load.output);
      return engine;
    } catch (error) {
      await engine.stop();
      throw error;
    }
  }

  /** Ends the daemon, in good order or by SIGKILL, and starts it again. */
  async restart(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const { daemon } = this;
    if (daemon === undefined) throw new Error("the engine does not run");
    const ended = once(daemon, "exit");
    const inside = await runCommand(
      "sh",
      ["-c", this.within(`kill -${signal.slice(3)} $(cat "$0/pid")`), this.folder],
      {
        cwd: directory,
      },
    );
    if (inside.code !== 0) throw new Error(inside.output);
    await ended;
    await rm(join(this.folder, "pid"), { force: true });
    await this.startDaemon();
  }

  async stop(): Promise<void> {
    const ended = once(this.holder, "exit");
    this.holder.stdin?.end();
    await ended;
    await until("the engine's files can be removed", () =>
      rm(this.folder, { recursive: true, force: true }).then(
        () => true,
        () => false,
      ),
    );
  }

  private async startDaemon(): Promise<void> {
    const command = [
      'exec dockerd --host "unix://$0/docker.sock" --data-root "$0/data" --exec-root "$0/exec"',
      '--pidfile "$0/pid" --config-file "$0/daemon.json" >>"$0/log" 2>&1',
    ].join(" ");
    this.daemon = spawn("sh", ["-c", this.within(command), this.folder], { stdio: "ignore" });
    await until("the engine answers", async () => {
      const { code } = await runCommand("docker", ["--host", this.host, "version"], { cwd: directory });
      return code === 0;
    });
  }

  /** A shell's command that runs another inside the namespaces; `$0` is the engine's folder. */
  private within(command: string): string {
    const of = `/proc/${this.holder.pid ?? 0}`;
    return `exec nsenter --target ${this.holder.pid ?? 0} --net --mount --pid=${of}/ns/pid_for_children sh -c '${command}' "$0"`;
  }
}
