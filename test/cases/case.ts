import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, type Finished } from "../fixture/command.ts";
import { composes, type Compose } from "../fixture/compose-oracle/composes.ts";
import {
  described,
  differencesOf,
  isKnown,
  type KnownDifference,
} from "../fixture/compose-oracle/differences.ts";
import { knownDifferences } from "../fixture/compose-oracle/known-differences.ts";
import { observe, type Observed } from "../fixture/compose-oracle/observe.ts";
import { throughCompose, type ComposeProject } from "../fixture/compose-oracle/through-compose.ts";
import { assertNoChanges } from "../fixture/no-changes.ts";
import { TestStack, type TestStackOptions } from "../fixture/stack.ts";

export interface CaseOptions extends Pick<
  TestStackOptions,
  "settings" | "services" | "environment" | "engine"
> {
  /** Where to look for files that were put into its containers, which `docker inspect` does not tell. Default: nowhere. */
  readonly paths?: readonly string[];
}

/**
 * A small Compose project that once failed here: the folder of its name beside this file, in a copy of its own, as a
 * stack of its own.
 *
 * @example
 * const project = await Case.create("port-moves-between-services");
 * try {
 *   await project.stack.up();
 *   await writeFile(join(project.folder, "compose.yaml"), …);
 *   const { code, output } = await project.stack.pulumi("preview");
 *   …
 * } finally {
 *   await project.remove();
 * }
 */
export class Case {
  readonly name: string;
  /** Absolute path of the copy, which a test may change. */
  readonly folder: string;
  /** The same project under Pulumi; its `project` is the name on the engine under Compose, too. */
  readonly stack: TestStack;
  private readonly paths: readonly string[];

  private constructor(name: string, folder: string, stack: TestStack, paths: readonly string[]) {
    this.name = name;
    this.folder = folder;
    this.stack = stack;
    this.paths = paths;
  }

  /** Nothing is on the engine yet. */
  static async create(name: string, { paths = [], ...options }: CaseOptions = {}): Promise<Case> {
    const folder = await mkdtemp(join(tmpdir(), "case-"));
    await cp(join(import.meta.dirname, name), folder, { recursive: true });
    const stack = await TestStack.create({
      ...options,
      folder: "test/cases/program",
      environment: { ...options.environment, CASE_DIRECTORY: folder },
    });
    return new Case(name, folder, stack, paths);
  }

  /** Runs `docker compose <args>` on the project, whatever its end. */
  async compose(compose: Compose, ...args: readonly string[]): Promise<Finished> {
    return runCommand("docker", ["compose", "--project-name", this.stack.project, ...args], {
      cwd: this.folder,
      env: { ...compose.environment },
    });
  }

  /** What the engine says of the project, brought up by Compose, which takes the project down again. */
  async throughCompose(compose: Compose, settles: Pick<ComposeProject, "canWait">): Promise<Observed> {
    return throughCompose(compose, {
      ...this.subject,
      directory: this.folder,
      files: ["compose.yaml"],
      profiles: [],
      environment: {},
      ...settles,
    });
  }

  /** What the engine says of the project as it is now. */
  async observe(): Promise<Observed> {
    return observe(this.subject);
  }

  /** Takes the stack down and removes the copy. */
  async remove(): Promise<void> {
    try {
      await this.stack.down();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  private get subject() {
    return { project: this.stack.project, paths: this.paths, shared: [] };
  }
}

export interface SameAsComposeOptions extends CaseOptions {
  /** Differences that are meant, beside those that every project has. Default: none. */
  readonly known?: readonly KnownDifference[];
  /** Default: `true`. See `ComposeProject`. */
  readonly canWait?: boolean;
  /** What else is to be true while the project is up under Pulumi. Default: nothing. */
  readonly whileUp?: (project: Case) => Promise<void>;
}

/**
 * Declares a test: brought up by each version of Compose and by this program, the case is the same to `docker inspect`,
 * and a preview then finds nothing to change.
 */
export function sameAsCompose(
  name: string,
  { known = [], canWait = true, whileUp, ...options }: SameAsComposeOptions = {},
): void {
  test(`${name} comes up as under Compose`, async () => {
    const project = await Case.create(name, options);
    try {
      const expected = new Map<Compose, Observed>();
      for (const compose of await composes("", () => undefined)) {
        expected.set(compose, await project.throughCompose(compose, { canWait }));
      }
      await project.stack.up();
      const actual = await project.observe();
      for (const [{ version }, observed] of expected) {
        const differences = differencesOf(name, observed, actual).filter(
          (difference) =>
            ![...knownDifferences, ...known].some((entry) => isKnown(entry, difference, version)),
        );
        assert.equal(differences.length, 0, `Compose ${version}:\n${differences.map(described).join("\n")}`);
      }
      await whileUp?.(project);
      await assertNoChanges(project.stack);
    } finally {
      await project.remove();
    }
  });
}
