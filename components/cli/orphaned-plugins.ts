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
      /^ *(\d+) \S*pulumi-(?:resource|language)-\S+ .*127\.0\.0\.1:(\d+)$/.exec(line) ??
      /^ *(\d+) .*@pulumi\/pulumi\/cmd\/run\S* --monitor 127\.0\.0\.1:(\d+) /.exec(line) ??
      [];
    return pid === undefined || port === undefined ? [] : [{ pid: Number(pid), port: Number(port) }];
  });
  await Promise.all(
    plugins.map(async ({ pid, port }) => {
      if ((await directoryOf(pid)) === directory && !(await isListening(port))) end(pid);
    }),
  );
}

/** Where there is no `/proc`, plugins cannot be told apart by it, and are left alone. */
async function directoryOf(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
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
