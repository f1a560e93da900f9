import type { ContainerInspectInfo } from "dockerode";
import { engine, isNotFound } from "./engine.ts";

/** Programs that can replace a missing program, and how each requests a URL. The most common program comes first. */
const askers: readonly (readonly [program: string, command: (url: string) => string])[] = [
  ["wget", (url) => `wget -q -O /dev/null ${url}`],
  ["curl", (url) => `curl -f ${url}`],
  ["python3", (url) => `python3 -c "import urllib.request; urllib.request.urlopen('${url}')"`],
  ["python", (url) => `python -c "import urllib.request; urllib.request.urlopen('${url}')"`],
  [
    "node",
    (url) => `node -e "fetch('${url}').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"`,
  ],
];

/** Words that are no programs: built-in commands of the shells that images have, and keywords. */
const shellWords = new Set(
  (
    ". alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs disown " +
    "echo enable eval exec exit export false fc fg for function getopts hash help history if jobs kill let local logout " +
    "mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test time times " +
    "trap true type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);

/** The end of a health check that reports its failure: `|| exit 1`. */
const failsBehind =
  /\|\|\s*[({]?\s*(?:exit(?:\s+(?:[1-9]\d*|\$\?))?|false|kill(?:\s+-s\s+\w+|\s+-\w+)?\s+1)\s*;?\s*[)}]?\s*;?\s*$/;

/** Another command, whose success is enough: behind `||`, `;` or `&`, or at the end of a pipe. (`grep` has to find something.) */
const anotherBehind = /\|\||[;\n]|(?<![&<>])&(?![&>])|\|(?!\s*[ef]?grep\b)/;

/** The first word of a command, behind its variables. */
const firstWord = /^(?:\w+=[^\s()`]*\s+)*([\w./][\w./+-]*)(?=[\s|&]|$)/;

/**
 * The programs without which a health check cannot succeed: the first program of its command, and the shell that runs the
 * command. An empty list where the command alone does not tell.
 */
export function healthPrograms(test: readonly string[]): readonly string[] {
  const [kind, first = "", option = "", text = ""] = test;
  if (kind === "CMD-SHELL") return programsIn(first);
  if (kind !== "CMD" || first === "") return [];
  // A login shell has another PATH.
  const isShell = /^(?:.*\/)?(?:ba|a|da)?sh$/.test(first) && /^-[a-hj-km-z]*c$/.test(option);
  return [first, ...(isShell ? programsIn(text) : [])];
}

function programsIn(command: string): readonly string[] {
  if (/^(?:\w+=\S*\s+)*PATH=/.test(command.trim())) return [];
  const unquoted = command.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "''").replaceAll("\\\n", " ");
  const needed = unquoted.trim().replace(failsBehind, "");
  const word = firstWord.exec(needed)?.[1];
  return word === undefined || shellWords.has(word) || anotherBehind.test(needed) ? [] : [word];
}

/**
 * Why a container's health check can never succeed: its program is not in the image. Asks the engine for the file in each
 * folder of the container's `PATH`. Runs nothing, so the container need not be running.
 *
 * @returns The reason and the remedy; `undefined` when the program is there.
 */
export async function missingHealthProgram(container: ContainerInspectInfo): Promise<string | undefined> {
  const test = container.Config.Healthcheck?.Test ?? [];
  const { Image: image, Shell: shells = ["/bin/sh"] } = container.Config as {
    Image: string;
    Shell?: string[];
  };
  const [shell = ""] = shells;
  if (test[0] === "CMD-SHELL" && !(await isIn(container, shell))) {
    const reason = `cannot become healthy: its health check uses a shell, and its image ${image} has no ${shell}`;
    return `${reason}\n→ write CMD instead of CMD-SHELL, with a program of the image and its arguments`;
  }
  const program = await firstMissing(container, healthPrograms(test));
  if (program === undefined) return undefined;
  const [url] = /https?:\/\/[^\s"'|;)]+/.exec(test.join(" ")) ?? [];
  const instead = url === undefined ? undefined : await askedInstead(container, url);
  const reason = `cannot become healthy: its health check calls \`${program}\`, which is not in its image ${image}`;
  return `${reason}\n→ ${instead ?? `call a program that the image has, or install ${program}`}`;
}

async function firstMissing(
  container: ContainerInspectInfo,
  programs: readonly string[],
): Promise<string | undefined> {
  for (const program of programs) if (!(await isIn(container, program))) return program;
  return undefined;
}

async function askedInstead(container: ContainerInspectInfo, url: string): Promise<string | undefined> {
  for (const [program, command] of askers) {
    if (await isIn(container, program)) return `use ${program}, which the image has: ${command(url)}`;
  }
  return undefined;
}

/** Whether the output of a failed probe says that its program is missing. */
export function lacksProgram(probe: { readonly ExitCode: number; readonly Output: string }): boolean {
  const { ExitCode: code, Output: output } = probe;
  return code === 127 || /not found|no such file/.test(output);
}

async function isIn(container: ContainerInspectInfo, program: string): Promise<boolean> {
  if (program.includes("/")) return !program.startsWith("/") || exists(container.Id, program);
  const found = await Promise.all(
    foldersOf(container).map((folder) => exists(container.Id, `${folder.replace(/\/$/, "")}/${program}`)),
  );
  return found.includes(true);
}

function foldersOf({ Config: { Env: environment } }: ContainerInspectInfo): string[] {
  const path = environment.findLast((entry) => entry.startsWith("PATH="))?.slice("PATH=".length);
  return (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":");
}

/** Only the engine's clear answer counts as missing. */
async function exists(id: string, path: string): Promise<boolean> {
  try {
    const answer = (await engine.getContainer(id).infoArchive({ path })) as NodeJS.ReadableStream;
    // What nobody reads to its end keeps its connection, and the program with that.
    answer.resume();
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}
