import { NeedsAttention } from "./needs-attention.ts";

/** Options of the commands that change a stack. */
export interface UpdateOptions {
  readonly yes?: boolean;
  readonly diff?: boolean;
}

/** What Pulumi is told of them. Without a terminal nobody can answer Pulumi's question, so `--yes` is needed there. */
export function updateOptions(command: string, { yes = false, diff = false }: UpdateOptions): string[] {
  const atTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (!yes && !atTerminal) {
    throw new NeedsAttention(
      `${command} asks before it changes anything, and there is no terminal to ask at`,
      `To do it without asking: npx pulumi-compose ${command} --yes`,
    );
  }
  return [...(yes ? ["--yes", "--skip-preview"] : []), ...(diff ? ["--diff"] : [])];
}
