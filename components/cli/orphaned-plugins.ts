import { readlink } from "node:fs/promises";
import { connect } from "node:net";
import { capture } from "./run.ts";

/**
 * Ends the plugins that a killed `pulumi` has left behind, providers above all, and the program with them: they are in
 * process groups of their own, outlive it by minutes, and may still be making what they were told to make last. Nobody
 * would note it.
 *
 * A plugin is told the address of its `pulumi`: one where nobody listens any more has none.
 *
 * @param directory The program's: its plugins work there.
 */
export async function endOrphanedPlugins(directory: string): Promise<void> {
  const { stdout } = await capture("ps", ["-A", "-o", "pid=,args="], { cwd: "." });
  const plugins = stdout.split("\n").flatMap((line) => {
    const [, pid, port] =
      /^ *(\d+) .*pulumi-(?:resource|language)-\S+ .*127\.0\.0\.1:(\d+)$/.exec(line) ??
      /^ *(\d+) .*@pulumi\/pulumi\/cmd\/run\S* --monitor 127\.0\.0\.1:(\d+) /.exec(line) ??
      [];
    return pid === undefined || port === undefined ? [] : [{ pid: Number(pid), port: Number(port) }];
  });
  await Promise.all(
    plugins.map(async ({ pid, port }) => {
      if ((await linkOf(pid, "cwd")) !== directory) return;
      // From another network, its `pulumi` cannot be asked.
      if ((await linkOf(pid, "ns/net")) !== (await linkOf("self", "ns/net"))) return;
      if (!(await isListening(port))) end(pid);
    }),
  );
}

/** Where there is no `/proc`, plugins cannot be told apart by it, and are left alone. */
async function linkOf(pid: number | "self", link: "cwd" | "ns/net"): Promise<string | undefined> {
  return readlink(`/proc/${pid}/${link}`).catch(() => undefined);
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
