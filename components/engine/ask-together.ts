import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quoted } from "./quoted.ts";

/** What Docker's command line answers. */
export interface Answer {
  /** Whether it found all that it was asked for. */
  readonly isWhole: boolean;
  readonly lines: readonly string[];
}

/** The arguments of a command. */
type Question = readonly string[];

const options = {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  // One that is far away and silent must not hold a preview up.
  timeout: 30_000,
} as const;

/** Asks Docker's command line, and waits for the answer. */
export function askDocker(question: Question): Answer {
  const { status, stdout } = spawnSync("docker", question, options);
  // Without the command there is no output at all, only `null`.
  return { isWhole: status === 0, lines: status === null ? [] : linesIn(stdout) };
}

/**
 * Asks Docker's command line several questions at the same time, and waits for all answers: an engine that is far away
 * takes as long for one as for many.
 *
 * @param questions By a name of the question. One that is not asked is answered by nothing.
 */
export function askTogether<Name extends string>(
  questions: Readonly<Record<Name, Question | undefined>>,
): Record<Name, Answer> {
  const entries = Object.entries<Question | undefined>(questions);
  const asked = entries.flatMap(([, question]) => (question === undefined ? [] : [question]));
  const answers = answersTo(asked).values();
  const nothing: Answer = { isWhole: true, lines: [] };
  return Object.fromEntries(
    entries.map(([name, question]) => [name, question === undefined ? nothing : answers.next().value]),
  ) as Record<Name, Answer>;
}

function answersTo(questions: readonly Question[]): readonly Answer[] {
  // Windows has no shell that could do that.
  if (questions.length < 2 || process.platform === "win32") return questions.map(askDocker);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  try {
    const jobs = questions.map(
      (question, index) => `{ docker ${quoted(question)} >"$0/${index}"; echo $? >"$0/${index}.status"; } &`,
    );
    // Whoever waits no longer ends them all.
    const script = ["trap 'kill $(jobs -p)' TERM", ...jobs, "wait"].join("\n");
    spawnSync("sh", ["-c", script, folder], { ...options, stdio: "ignore" });
    return questions.map((_question, index) => ({
      isWhole: read(folder, `${index}.status`) === "0\n",
      lines: linesIn(read(folder, String(index))),
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function linesIn(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** What was not asked to its end has no file. */
function read(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), "utf8");
  } catch {
    return "";
  }
}
