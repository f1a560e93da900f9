import { readdir, readlink, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { lines, runCommand } from "../fixture/command.ts";
import { endOfTest } from "../fixture/reaper.ts";
import { until } from "../fixture/until.ts";

/**
 * `node reap.ts <folder> [<project>]`: when the test is over, removes whatever it has left: commands at work in the
 * folder, what the engine has of the Compose project and of its other stacks (`<project>-…`), and the folder.
 */
const [, , folder, project] = process.argv;
if (folder === undefined) throw new Error("no folder");

await endOfTest();
await until("no command is at work in the folder", () => endCommands(folder));
if (project !== undefined) {
  await until("the engine has nothing of the project", () => clearEngine(project));
  await removeImages(project);
  await forgetSelectedStack(project);
}
await rm(folder, { recursive: true, force: true });

/** @returns Whether there was none. */
async function endCommands(folder: string): Promise<boolean> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => "")));
  const here = pids.filter((_, index) => {
    const place = places[index] ?? "";
    return place === folder || place.startsWith(`${folder}/`);
  });
  for (const pid of here) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  return here.length === 0;
}

/** @returns Whether there was nothing to remove: what was being made when its command ended may still come. */
async function clearEngine(project: string): Promise<boolean> {
  const found: number[] = [];
  for (const [list, remove] of [
    [
      ["ps", "--all"],
      ["rm", "--force", "--volumes"],
    ],
    [
      ["network", "ls"],
      ["network", "rm"],
    ],
    [
      ["volume", "ls"],
      ["volume", "rm"],
    ],
  ] as const) {
    const label = '{{.Label "com.docker.compose.project"}}';
    const id = list[0] === "volume" ? "{{.Name}}" : "{{.ID}}";
    const rows = lines((await docker(...list, "--format", `${id} ${label}`)).output);
    const ours = rows.map((row) => row.split(" ")).filter(([, owner = ""]) => isOurs(owner, project));
    found.push(ours.length);
    // What the engine refuses now, since it is still at it, is tried again.
    if (ours.length > 0) await docker(...remove, ...ours.map(([name = ""]) => name));
  }
  return found.every((count) => count === 0);
}

function isOurs(owner: string, project: string): boolean {
  return owner === project || owner.startsWith(`${project}-`);
}

/** What was built for the project carries its name. */
async function removeImages(project: string): Promise<void> {
  const all = await docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}");
  const ours = lines(all.output).filter((image) => isOurs(image.split(":")[0] ?? "", project));
  if (ours.length > 0) await docker("image", "rm", "--force", ...ours);
}

/** Pulumi notes outside of the folder which stack is selected there. */
async function forgetSelectedStack(project: string): Promise<void> {
  const notes = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "workspaces");
  const names = (await readdir(notes).catch(() => [])).filter((name) => name.startsWith(`${project}-`));
  await Promise.all(names.map((name) => rm(join(notes, name), { force: true })));
}

function docker(...args: readonly string[]) {
  return runCommand("docker", args, { cwd: import.meta.dirname });
}
