import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answersIn, asking, readAnswers, type Asked } from "../local/asked.ts";
import type { ProjectAnswer } from "../project-plan.ts";
import { makeState } from "./backend.ts";
import type { Target } from "./choose-stack.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { needPassphrase } from "./passphrase.ts";
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
  await needPassphrase(target);
  await makeState(target);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  const answers = answersIn(join(folder, "answers"));
  try {
    const args = ["preview", "--stack", target.stack, "--non-interactive"];
    const env = { ...environment, ...asking({ ...wanted, answers }) };
    const { code, stdout, stderr } = await capturePulumi(args, target.program.directory, { env });
    if (code !== 0) {
      throw new NeedsAttention(
        `${stdout}${stderr}`.trim(),
        `Correct the mistakes, and run ${command} again.`,
      );
    }
    return readAnswers(answers) as ProjectAnswer[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
