import { commandLine } from "./command-line.ts";
import { NeedsAttention } from "./needs-attention.ts";

// Advice names folders as a person would type them here, also in what Pulumi is started for. npm may have noted another
// folder, if this was started by another program.
process.env.INIT_CWD = process.cwd();

// What a person can mend is told in a sentence, without a stack trace.
try {
  await commandLine().parseAsync();
} catch (error) {
  if (!(error instanceof NeedsAttention)) throw error;
  console.error(`${error.message}\n→ ${error.advice}`);
  process.exitCode = 1;
}
