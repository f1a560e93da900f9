import { commandLine } from "./command-line.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { failureOf } from "./update-report.ts";

// Advice names folders as a person would type them here, also in what Pulumi is started for. npm may have noted another
// folder, if this was started by another program.
process.env.INIT_CWD = process.cwd();

let answersInJson = false as boolean;
const program = await commandLine(process.argv[2]);
program.hook("preAction", (_program, command) => {
  // A fixture reads one line of `test`, which is there when the stack is up.
  answersInJson = command.opts<{ readonly json?: boolean }>().json === true && command.name() !== "test";
});

// What a person can mend is told in a sentence, without a stack trace, and a program is told it as JSON.
try {
  await program.parseAsync();
} catch (error) {
  const told = (error as NodeJS.ErrnoException).code === "ENOSPC" ? fullDisk(error as Error) : error;
  if (!(told instanceof NeedsAttention)) throw told;
  const failure = failureOf(told);
  console.error(failure.message);
  if (answersInJson) process.stdout.write(`${JSON.stringify({ failures: [failure] }, undefined, 2)}\n`);
  process.exitCode = 1;
}

/** The error names the file. */
function fullDisk({ message }: Error): NeedsAttention {
  return new NeedsAttention(`a disk is full: ${message}`, "Make room, and run it again.");
}
