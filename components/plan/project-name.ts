/** The stacks in which a program is developed: their projects have the program's own name. */
const plain = ["dev", "local"];

/**
 * The Compose project name of a stack: what `docker compose -p` takes, and what every name on the engine starts with.
 * The stacks dev and local have the program's own name, any other carries its own, so that stacks live side by side.
 *
 * @param program Name of the Pulumi project, `shop`.
 */
export function projectName(program: string, stack: string): string {
  return plain.includes(stack) ? program : `${program}-${stack}`;
}
