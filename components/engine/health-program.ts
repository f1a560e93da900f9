import type { ContainerInspectInfo } from "dockerode";
import { engine, isNotFound } from "./engine.ts";

/** What may ask an address in place of a program that is missing, and how; those that images have most often first. */
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

/** What the shells that images have do by themselves, or what is more than a command. */
const shellWords = new Set(
  (
    ". alias bg bind break builtin caller case cd command compgen complete compopt continue coproc declare dirs disown " +
    "echo enable eval exec exit export false fc fg for function getopts hash help history if jobs kill let local logout " +
    "mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source suspend test time times " +
    "trap true type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);

/** What a shell ends a failed health check with. */
const failsBehind =
  /\|\|\s*[({]?\s*(?:exit(?:\s+(?:[1-9]\d*|\$\?))?|false|kill(?:\s+-s\s+\w+|\s+-\w+)?\s+1)\s*;?\s*[)}]?\s*;?\s*$/;

/** Another command whose success is enough: behind `||`, `;` or `&`, or at the end of a pipe, where grep wants to find. */
const anotherBehind = /\|\||[;\n]|(?<![&<>])&(?![&>])|\|(?!\s*[ef]?grep\b)/;

/** The first word of a command, behind the variables that it is given. */
const firstWord = /^(?:\w+=[^\s()`]*\s+)*([\w./][\w./+-]*)(?=[\s|&]|$)/;

/**
 * The programs without which a health check cannot succeed: the first of its command, and a shell that it calls to run
 * it. None where that cannot be told from the command alone.
 */
export function healthPrograms(test: readonly string[]): readonly string[] {
  const [kind, first = "", option = "", text = ""] = test;
  if (kind === "CMD-SHELL") return programsIn(first);
  if (kind !== "CMD" || first === "") return [];
  // A login shell looks for programs elsewhere.
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
 * Why a container's health check cannot ever succeed: its program is not in the image. The engine is asked for the
 * file in each folder of the container's `PATH`; nothing is run, and a container that has only been made will do.
 *
 * @returns The reason, with what to write instead; `undefined` when the program is there.
 */
export async function missingHealthProgram(container: ContainerInspectInfo): Promise<string | undefined> {
  const test = container.Config.Healthcheck?.Test ?? [];
  const { Image: image, Shell: shells = ["/bin/sh"] } = container.Config as {
    Image: string;
    Shell?: string[];
  };
  const [shell = ""] = shells;
  if (test[0] === "CMD-SHELL" && !(await isIn(container, shell))) {
    const reason = `cannot turn healthy: its health check asks by a shell, and its image ${image} has no ${shell}`;
    return `${reason}\n→ write CMD in place of CMD-SHELL, with a program that the image has and its arguments`;
  }
  const program = await firstMissing(container, healthPrograms(test));
  if (program === undefined) return undefined;
  const [url] = /https?:\/\/[^\s"'|;)]+/.exec(test.join(" ")) ?? [];
  const instead = url === undefined ? undefined : await askedInstead(container, url);
  const reason = `cannot turn healthy: its health check asks with \`${program}\`, which its image ${image} does not have`;
  return `${reason}\n→ ${instead ?? "ask with a program that the image has, or install this one"}`;
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
    if (await isIn(container, program)) return `ask with ${program}, which it has: ${command(url)}`;
  }
  return undefined;
}

/** Whether a probe failed for want of its program, as far as it says. */
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

/** An engine that cannot say has not said that it is missing. */
async function exists(id: string, path: string): Promise<boolean> {
  try {
    await engine.getContainer(id).infoArchive({ path });
    return true;
  } catch (error) {
    return !isNotFound(error);
  }
}
