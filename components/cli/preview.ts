import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Option, type Command } from "commander";
import { annotationsOf } from "../changes/annotations.ts";
import { commentOf, headingOf, type Comment } from "../changes/markdown.ts";
import { changesAnything, describeChanges } from "../changes/sentences.ts";
import { describeWarning } from "../findings/describe.ts";
import { asking, readAnswers, withAnswers } from "../local/asked.ts";
import type { FindingsAnswer } from "../project-plan.ts";
import type { ChangesAnswer } from "../resources/preview.ts";
import type { Target } from "./target.ts";
import { tellLock } from "./locked.ts";
import { lookAt } from "./look.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { progressLines } from "./progress-lines.ts";
import { capturePulumi, pulumiEnvironment, runUpdate } from "./pulumi-cli.ts";
import { profileOption, scopeOf, type Scope } from "./scope.ts";
import { shownBy, stackCommand } from "./stack-command.ts";
import { shownStatus } from "./status/current.ts";
import { swarmStatusOf } from "./status/swarm-status.ts";
import { isOnSwarm } from "./swarm.ts";
import { unchanged } from "./unchanged.ts";

interface PreviewOptions {
  readonly diff?: boolean;
  readonly exitCode?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly save?: string;
  readonly against?: string;
  readonly profile: readonly string[];
}

/** Without Docker a preview skips what only the engine knows; the program itself says when it needs Compose. */
export function previewCommand(): Command {
  return stackCommand("preview", "show what up would change, and every mistake; changes nothing")
    .argument("[services...]", "only these services and what they depend on (default: all of the stack)")
    .addOption(profileOption())
    .option("--diff", "show every change in full")
    .option("--exit-code", "end with 0 if nothing would change, 2 if something would, 1 on an error")
    .addOption(new Option("--json", "print the changes and the findings as JSON").conflicts("markdown"))
    .option("--markdown", "print them as a comment on a pull request")
    .option("--save <file>", "write what the definitions come to, for --against")
    .option("--against <file>", "compare with what --save has written, and not with the stack's state")
    .action(async (services: readonly string[], options: PreviewOptions, command: Command) => {
      if (options.against !== undefined && !existsSync(options.against))
        throw new NeedsAttention(
          `there is no file ${options.against}`,
          "Write it first, with the definitions of before: npx pulumi-compose preview --save <file>",
        );
      const target = await shownBy(command);
      const previewed = await lookAt(target, async () => {
        const scope = await scopeOf(target, { services, profiles: options.profile });
        return preview(target, scope, options);
      });
      if (!previewed.succeeded) await tellLock(target);
      const isThere = isOnSwarm(target) && options.against === undefined;
      const swarm = isThere ? await swarmStatusOf(target).catch(() => undefined) : undefined;
      const found = swarm === undefined ? previewed : { ...previewed, swarm };
      if (options.json === true) console.log(JSON.stringify(documentOf(found), undefined, 2));
      else if (options.markdown !== true && swarm !== undefined && swarm.tasks.length > 0)
        console.log(await shownStatus(swarm, target));
      // Pulumi has compared with its state, and its words were not shown.
      if (options.against !== undefined && options.json !== true && options.markdown !== true)
        console.log(found.succeeded ? wordsOf(found) : withoutSteps(found.printed));
      if (options.markdown === true) {
        console.log(commentOf(found));
        if (process.env.GITHUB_ACTIONS === "true") annotate(found, target);
      }
      if (options.save !== undefined && found.succeeded)
        writeFileSync(options.save, JSON.stringify(found.projects.map(({ base }) => base)));
      process.exitCode = exitCodeOf(found, options);
    });
}

/** What a preview finds in a whole stack, without a word to anybody. */
export async function findingsIn(target: Target): Promise<Pick<Found, "findings" | "succeeded">> {
  return lookAt(target, async () =>
    preview(target, await scopeOf(target, { services: [], profiles: [] }), { json: true, profile: [] }),
  );
}

/** What a preview has found. */
interface Found extends Comment {
  readonly projects: readonly ChangesAnswer[];
}

/** GitHub's runner reads both streams, and the comment is on the other one. */
function annotate({ findings }: Found, { program }: Target): void {
  const root = checkoutOf(program.directory) ?? process.cwd();
  for (const line of annotationsOf(findings, (file) => relative(root, resolve(program.directory, file))))
    console.error(line);
}

/** The checkout that a folder is in: a workflow may check out into any folder of its workspace, and several repositories. */
function checkoutOf(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : checkoutOf(above);
}

/** Runs the preview, and reads what the program and Pulumi say of it. Only a preview for people is shown meanwhile. */
async function preview({ program, stack }: Target, scope: Scope, options: PreviewOptions): Promise<Found> {
  const isForProgram = options.json === true || options.markdown === true || options.against !== undefined;
  const subject = `the stack ${stack} of ${program.name}`;
  const isWhole = scope.args.length === 0 && options.against === undefined && !isOnSwarm({ program, stack });
  const same = isWhole ? await unchanged({ program, stack }, scope.wanted) : undefined;
  if (same !== undefined) {
    if (!isForProgram) console.log(same.words);
    return { subject, ...partsOf(same.told), succeeded: true, differs: false, printed: "" };
  }
  return withAnswers(async (answers, folder) => {
    const events = join(folder, "events");
    const args = [
      // Where services are reached is no part of a change; the words tell of routes and ports.
      ...["preview", "--stack", stack, "--suppress-outputs", "--event-log", events],
      ...(options.diff === true || options.markdown === true ? ["--diff"] : []),
      ...scope.args,
    ];
    const env = {
      ...pulumiEnvironment(),
      ...asking({
        ...scope.wanted,
        ...{ changes: true, answers },
        ...(options.against === undefined ? {} : { against: resolve(options.against) }),
      }),
      // Pulumi has the option for its log of events with these commands only.
      PULUMI_DEBUG_COMMANDS: "true",
    };
    const { code, printed } = isForProgram
      ? await captured([...args, "--non-interactive", "--color", "never"], program.directory, env)
      : { code: await runUpdate(args, program.directory, { env }), printed: "" };
    const told = readAnswers(answers) as (FindingsAnswer | ChangesAnswer)[];
    // Pulumi compares with its state, which is another one than what is wanted.
    const isBeside = options.against !== undefined && code === 0;
    return {
      subject,
      ...partsOf(told),
      succeeded: code === 0,
      differs: !isBeside && differsIn(events),
      printed: isBeside ? "" : printed,
    };
  });
}

function partsOf(told: readonly (FindingsAnswer | ChangesAnswer)[]): Pick<Found, "projects" | "findings"> {
  return {
    projects: told.flatMap((part) => ("changes" in part ? [part] : [])),
    findings: told.flatMap((part) => ("findings" in part ? part.findings : [])),
  };
}

async function captured(args: readonly string[], directory: string, env: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await capturePulumi(args, directory, { env });
  return { code, printed: `${stdout}${stderr}` };
}

/**
 * Whether Pulumi would change a resource, by its log of events. A provider is none: its address of the engine is that of
 * whoever looks.
 */
function differsIn(file: string): boolean {
  const lines = readFileSync(file, { encoding: "utf8", flag: "a+" }).split("\n");
  return lines.some((line) => {
    if (!line.includes('"resourcePreEvent"')) return false;
    const { resourcePreEvent: event } = JSON.parse(line) as {
      readonly resourcePreEvent: { readonly metadata: { readonly op: string; readonly type: string } };
    };
    const { op, type } = event.metadata;
    return op !== "same" && !type.startsWith("pulumi:providers:");
  });
}

/** What a preview that was compared with another one says to people. */
function wordsOf(found: Found): string {
  const { projects, findings } = found;
  const words = projects.map(({ changes }) => describeChanges(changes)).filter((text) => text !== "");
  const warnings = findings.map((finding) => `warning: ${describeWarning(finding)}`);
  return [...warnings, ...(words.length === 0 ? [headingOf(found)] : words)].join("\n");
}

/** What Pulumi printed, as it is printed where no terminal is. */
function withoutSteps(printed: string): string {
  const shown = progressLines();
  return printed
    .trim()
    .split("\n")
    .flatMap((line) => shown(line) ?? [])
    .join("\n");
}

/** What `preview --json` prints. */
function documentOf(found: Comment): object {
  const { projects, findings, succeeded, printed, swarm } = found;
  return {
    verdict: headingOf(found),
    changes: wouldChange(found),
    projects: projects.map(({ changes }) => changes),
    findings,
    ...(succeeded ? {} : { error: printed.trim() }),
    ...(swarm === undefined ? {} : { swarm }),
  };
}

function exitCodeOf(found: Comment, { exitCode = false }: PreviewOptions): number {
  if (!found.succeeded) return 1;
  return exitCode && wouldChange(found) ? 2 : 0;
}

/** Whether `up` would change anything: a resource of Pulumi's, or what befell a container outside of Pulumi. */
function wouldChange({ projects, differs }: Comment): boolean {
  return differs || projects.some(({ changes }) => changesAnything(changes));
}
