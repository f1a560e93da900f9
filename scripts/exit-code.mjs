// @ts-check
import { NeedsAttention } from "./needs-attention.mjs";

/**
 * Runs a script's work and makes its result the exit code of this process. An error for people is shown as one.
 *
 * @param {() => Promise<number>} work
 */
export async function exitWith(work) {
  try {
    process.exitCode = await work();
  } catch (error) {
    if (!(error instanceof NeedsAttention)) throw error;
    process.stderr.write(`${error.message}\n${error.advice}\n`);
    process.exitCode = 1;
  }
}
