import { commandLine } from "./command-line.ts";
import { NeedsAttention } from "./needs-attention.ts";

// Advice names folders as a person would type them here, also in what Pulumi is started for. npm may have noted another
// folder, if this was started by another program.
process.env.INIT_CWD = process.cwd();

// What a person can mend is told in a sentence, without a stack trace.
try {
  await commandLine().parseAsync();
} catch (error) {
  const told = (error as NodeJS.ErrnoException).code === "ENOSPC" ? fullDisk(error as Error) : error;
  if (!(told instanceof NeedsAttention)) throw told;
  console.error(`${told.message}\n→ ${told.advice}`);
  process.exitCode = 1;
}

/** The error names the file. */
function fullDisk({ message }: Error): NeedsAttention {
  return new NeedsAttention(`a disk is full: ${message}`, "Make room, and run it again.");
}
