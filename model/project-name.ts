/**
 * The Compose project name of a stack: what `docker compose -p` takes, and what every name on the engine starts with.
 * The stack dev has the program's own name, any other carries its own, so that stacks live side by side.
 */
export function projectName(stack: string): string {
  return stack === "dev" ? "super-team" : `super-team-${stack}`;
}
