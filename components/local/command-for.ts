import { relative } from "node:path";

/**
 * How a person calls a command on a stack from where they are: `npx pulumi-compose up --stack test`.
 *
 * @param directory Absolute path of the program.
 */
export function commandFor(directory: string, stack: string, ...words: readonly string[]): string {
  // npm notes where it was called, and so does the command itself. A plain `pulumi` is called in the program's folder.
  const folder = relative(process.env.INIT_CWD ?? process.cwd(), directory);
  const options = ["--stack", stack, ...(folder === "" ? [] : ["--cwd", folder])];
  return ["npx pulumi-compose", ...words, ...options].join(" ");
}
