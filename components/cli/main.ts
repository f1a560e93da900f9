import { commandLine } from "./command-line.ts";
import { NeedsAttention } from "./needs-attention.ts";

/** What `pulumi-compose` does. What a person can mend is told in a sentence, without a stack trace. */
try {
  await commandLine().parseAsync();
} catch (error) {
  if (!(error instanceof NeedsAttention)) throw error;
  console.error(`${error.message}\n→ ${error.advice}`);
  process.exitCode = 1;
}
