import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { quoted } from "./quoted.ts";
import type { SshDestination } from "./setting.ts";

/*
 * An engine that is reached by SSH. OpenSSH itself logs in, so that its configuration, its known hosts and its agent count,
 * and it logs in once: one connection is kept open, and everything goes through it. On this machine the engine is then a
 * socket like any other, for Docker's command line, for Compose, and for this package. Pulumi's provider, which is told the
 * engine's own address, takes the same connection.
 */

/** How long the connection stays open behind the last that used it. A person may think about a preview for that long. */
const idleMinutes = 15;

/** An engine that cannot be reached. */
export class Unreachable extends Error {
  /** What to do about it. */
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** By OpenSSH's words for the connection that is shared. They are in the stack's state, and the same on every machine. */
export function sharedConnection(to: SshDestination): string[] {
  return ["-o", `ControlPath=~/.ssh/${nameOf(to)}`];
}

/**
 * Connects to the engine of a server, unless a connection is there already. At a terminal OpenSSH asks what it has to ask.
 *
 * @returns Path of a socket of this machine that leads to the engine.
 * @throws Unreachable
 */
export function connectBySsh(to: SshDestination): string {
  // As OpenSSH has it, whatever HOME says.
  const folder = join(userInfo().homedir, ".ssh");
  const socket = join(folder, `${nameOf(to)}.sock`);
  if (existsSync(socket) && control(to, "check").status === 0) return socket;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const remote = logIn(to);
  // A connection that was cut leaves its socket behind.
  rmSync(socket, { force: true });
  const { status, stderr } = control(to, "forward", "-L", `${socket}:${remote}`);
  if (status !== 0)
    throw new Unreachable(
      `the server ${to.destination} lets nobody through to its engine's socket: ${lastLine(stderr)}`,
      "Set `AllowStreamLocalForwarding yes` in the server's /etc/ssh/sshd_config.",
    );
  return socket;
}

/** @returns Path of the engine's socket on the server. */
function logIn(to: SshDestination): string {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  const log = join(folder, "log");
  try {
    const options = [
      ...["ControlMaster=auto", `ControlPersist=${idleMinutes}m`, "ConnectTimeout=15"],
      ...["ServerAliveInterval=10", "ServerAliveCountMax=3"],
      ...(process.stdin.isTTY ? [] : ["BatchMode=yes"]),
    ].flatMap((option) => ["-o", option]);
    // A rootless engine has its socket elsewhere.
    const asks =
      'docker version --format "{{.Server.Version}}" && docker context inspect --format "{{.Endpoints.docker.Host}}"';
    // What stays behind holds standard error open, so OpenSSH's own words go to a file.
    const { status, stdout, stderr, error } = spawnSync(
      "ssh",
      ["-T", "-E", log, ...sharedConnection(to), ...options, ...words(to), asks],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 },
    );
    if (status !== 0) {
      const said = existsSync(log) ? readFileSync(log, "utf8") : "";
      throw whyNot(to, status === 255 || status === null ? said || String(error ?? "") : stderr);
    }
    return /^unix:\/\/(.+)$/m.exec(stdout)?.[1] ?? "/var/run/docker.sock";
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What OpenSSH, or the server's Docker, says is wrong, in a sentence with what to do. */
export function whyNot({ destination, port }: SshDestination, said: string): Unreachable {
  const ssh = ["ssh", ...(port === undefined ? [] : ["-p", port]), destination].join(" ");
  if (said.includes("REMOTE HOST IDENTIFICATION HAS CHANGED"))
    return new Unreachable(
      `the server ${destination} has another host key than the one that is known here`,
      `Find out why. Where the server is new, forget the old key (ssh-keygen -R <host>), and log in once: ${ssh}`,
    );
  if (said.includes("Host key verification failed"))
    return new Unreachable(
      `the host key of the server ${destination} is not known here`,
      `Log in once, and compare the fingerprint that is shown with the server's: ${ssh}`,
    );
  if (/Permission denied \(|Too many authentication failures/.test(said))
    return new Unreachable(
      `the server ${destination} lets nobody in with the keys of this machine`,
      `Load the key into the agent (ssh-add), or put it on the server (ssh-copy-id), until this logs in: ${ssh}`,
    );
  if (/permission denied while trying to connect|dial unix .*permission denied/i.test(said))
    return new Unreachable(
      `the user of ${destination} may not use the engine there`,
      "Let this user reach the engine, on the server: sudo usermod -aG docker <user>",
    );
  if (/docker: (?:command )?not found|not found: docker|command not found/i.test(said))
    return new Unreachable(
      `the server ${destination} has no command docker`,
      "Install Docker there: https://docs.docker.com/engine/install",
    );
  if (/cannot connect to the docker daemon/i.test(said))
    return new Unreachable(
      `no Docker Engine runs on the server ${destination}`,
      "Start it, on the server: sudo systemctl start docker",
    );
  if (/ENOENT/.test(said))
    return new Unreachable("OpenSSH's command ssh is not installed", "Install OpenSSH's client.");
  return new Unreachable(
    `the server ${destination} cannot be reached by SSH: ${lastLine(said) || "no answer"}`,
    `Look at the address, at the server and at the network, until this logs in: ${ssh}`,
  );
}

/** Runs a command on a server that is connected. @returns What it prints; nothing where it fails. */
export function runOnServer(to: SshDestination, command: readonly string[]): string {
  const { stdout } = spawnSync(
    "ssh",
    ["-T", "-o", "BatchMode=yes", ...sharedConnection(to), ...words(to), quoted(command)],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
      timeout: 30_000,
    },
  );
  return stdout;
}

function control(to: SshDestination, ...command: readonly string[]) {
  return spawnSync("ssh", [...sharedConnection(to), "-O", ...command, ...words(to)], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
}

function words({ destination, port }: SshDestination): string[] {
  return [...(port === undefined ? [] : ["-p", port]), destination];
}

/** Short, because the path of a socket has some hundred bytes at most. */
function nameOf({ destination, port = "" }: SshDestination): string {
  const hash = createHash("sha256").update(`${destination}:${port}`).digest("hex");
  return `pulumi-compose-${hash.slice(0, 12)}`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
