import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { NeedsAttention } from "../needs-attention.ts";

/** Asks a person at the terminal. */
export interface Terminal {
  /** @returns The answer, or `proposal` for an empty one. */
  text(question: string, proposal: string): Promise<string>;
  confirm(question: string, proposal: boolean): Promise<boolean>;
  /** Asks for what nobody may see on the screen. */
  hidden(question: string): Promise<string>;
}

/** The terminal that the command was typed at; `undefined` in a script, where nobody answers. */
export function terminalHere(): Terminal | undefined {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return {
    text: async (question, proposal) => {
      const answer = (await ask(`${question}${proposal === "" ? "" : ` [${proposal}]`}: `)).trim();
      return answer === "" ? proposal : answer;
    },
    confirm: async (question, proposal) => {
      const answer = (await ask(`${question} [${proposal ? "Y/n" : "y/N"}] `)).trim().toLowerCase();
      return answer === "" ? proposal : answer.startsWith("y");
    },
    hidden: (question) => ask(`${question}: `, true),
  };
}

/**
 * Asks before something is removed; without a terminal the answer is no.
 *
 * @param advice What else the person can do.
 * @throws NeedsAttention where the answer is no.
 */
export async function mustConfirm(question: string, advice: string): Promise<void> {
  if ((await terminalHere()?.confirm(question, false)) === true) return;
  throw new NeedsAttention("stopped, and nothing was touched", advice);
}

/** @throws NeedsAttention when the person ends the question by Ctrl-C or Ctrl-D. */
async function ask(question: string, hidden = false): Promise<string> {
  let isMuted = false;
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isMuted) process.stdout.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  try {
    const ended = new Promise<never>((_, reject) => {
      lines.once("close", () => {
        reject(
          new NeedsAttention("stopped, and nothing was written", "Run the command again when you are ready."),
        );
      });
    });
    ended.catch(() => undefined);
    const answer = lines.question(question);
    isMuted = hidden;
    return await Promise.race([answer, ended]);
  } finally {
    lines.close();
    if (hidden) process.stdout.write("\n");
  }
}
