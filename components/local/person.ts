import { execFile } from "node:child_process";
import { hostname, userInfo } from "node:os";
import { promisify } from "node:util";

/** Who is at work, where, and on which commit. */
export interface Person {
  readonly by: string;
  readonly on: string;
  /** Absent outside of Git. */
  readonly commit?: string;
}

/** @param directory Absolute path of the folder whose commit is meant. */
export async function personAtWork(directory: string): Promise<Person> {
  const git = async (...args: readonly string[]) => {
    const answer = promisify(execFile)("git", ["-C", directory, ...args]);
    // Without Git, and outside of it, nothing is said.
    return answer.then(({ stdout }) => stdout.trim()).catch(() => "");
  };
  const [name, commit, changed] = await Promise.all([
    git("config", "user.name"),
    git("rev-parse", "--short", "--verify", "HEAD"),
    git("status", "--porcelain", "--untracked-files=no", "--", "."),
  ]);
  return {
    by: name === "" ? userInfo().username : name,
    on: hostname(),
    ...(commit === "" ? {} : { commit: changed === "" ? commit : `${commit} with changes` }),
  };
}
