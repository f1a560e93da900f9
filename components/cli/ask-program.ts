import { suggestion } from "../findings/nearest.ts";
import { asking, readAnswers, withAnswers, type Asked } from "../local/asked.ts";
import type { ProjectAnswer } from "../project-plan.ts";
import type { Target } from "./target.ts";
import { lookAt } from "./look.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { capturePulumi } from "./pulumi-cli.ts";

/**
 * What the program says of its projects: the program is run as for a preview, and answers. Changes nothing.
 *
 * @param command The command that asks, for the advice where the stack has mistakes.
 * @param environment Of the program, over this process's own.
 */
export async function askProgram(
  target: Target,
  command: string,
  wanted: Omit<Asked, "answers"> = {},
  environment: NodeJS.ProcessEnv = {},
): Promise<ProjectAnswer[]> {
  return lookAt(target, () => ask(target, command, wanted, environment));
}

async function ask(
  target: Target,
  command: string,
  wanted: Omit<Asked, "answers">,
  environment: NodeJS.ProcessEnv,
): Promise<ProjectAnswer[]> {
  return withAnswers(async (answers) => {
    const args = ["preview", "--stack", target.stack, "--non-interactive"];
    const env = { ...environment, ...asking({ ...wanted, answers }) };
    const { code, stdout, stderr } = await capturePulumi(args, target.program.directory, { env });
    const told = readAnswers(answers) as ProjectAnswer[];
    // The program has read all secrets by then, whatever Pulumi makes of its resources.
    const isTold = wanted.secrets === true && told.length > 0;
    if (code !== 0 && !isTold) {
      throw new NeedsAttention(
        `${stdout}${stderr}`.trim(),
        `Correct the mistakes, and run ${command} again.`,
      );
    }
    return told;
  });
}

/**
 * What the program says of its projects with these services in them: as under Compose, a service that is named is wanted
 * with its profile.
 *
 * @throws NeedsAttention for a service that no project has.
 */
export async function askAbout(
  services: readonly string[],
  target: Target,
  command: string,
  wanted: Omit<Asked, "answers">,
): Promise<ProjectAnswer[]> {
  const first = await askProgram(target, command, wanted);
  const present = first.flatMap(({ config }) => Object.keys(config.services ?? {}));
  const others = Object.assign({}, ...first.map(({ withoutProfile }) => withoutProfile)) as Record<
    string,
    string[]
  >;
  const missing = services.filter((name) => !present.includes(name));
  const unknown = missing.find((name) => !Object.hasOwn(others, name));
  if (unknown !== undefined) {
    throw new NeedsAttention(
      `the stack ${target.stack} has no service ${unknown}`,
      suggestion(unknown, [...present, ...Object.keys(others)]),
    );
  }
  if (missing.length === 0) return first;
  return askProgram(target, command, { ...wanted, profiles: missing.flatMap((name) => others[name] ?? []) });
}
