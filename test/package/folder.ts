import { cp, mkdtemp, realpath, rename } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { runCommand, type Finished } from "../fixture/command.ts";
import { startReaper, type Reaper } from "../fixture/reaper.ts";

/** A folder of its own outside of the checkout, with a name that no other has, as the folder of somebody's project. */
export class Folder {
  readonly directory: string;
  /** What Compose calls a project in this folder. */
  readonly project: string;
  private readonly reaper: Reaper;
  /** Environment of every command. */
  private readonly environment: Readonly<Record<string, string>>;

  private constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.directory = directory;
    this.project = basename(directory).toLowerCase();
    this.environment = environment;
    this.reaper = startReaper(join(import.meta.dirname, "reap.ts"), [directory, this.project]);
  }

  /** @param environment Over this process's own; what belongs to the checkout is not passed on. */
  static async create(name: string, environment: Readonly<Record<string, string>> = {}): Promise<Folder> {
    // Letters that Compose makes small: the name of the program has to be what Compose makes of it.
    const directory = await mkdtemp(join(await realpath(tmpdir()), `${name}-`));
    return new Folder(directory, environment);
  }

  /** Copies a project here; `.env.example` becomes `.env`. */
  async fill(source: string): Promise<void> {
    await cp(source, this.directory, { recursive: true });
    const example = join(this.directory, ".env.example");
    if (existsSync(example)) await rename(example, join(this.directory, ".env"));
  }

  /** Runs a command in the folder, whatever its end. */
  run(command: string, ...args: readonly string[]): Promise<Finished> {
    return runCommand(command, args, { cwd: this.directory, env: this.environment });
  }

  /** @returns The command's output. */
  async must(command: string, ...args: readonly string[]): Promise<string> {
    const { code, output } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`${[command, ...args].join(" ")} (exit code ${code}):\n${output}`);
    return output;
  }

  /** Removes whatever is left: processes, what is on the engine, and the folder. */
  async remove(): Promise<void> {
    if ((await this.reaper.end()) !== 0) throw new Error(`the rest of ${this.project} was not removed`);
  }
}
