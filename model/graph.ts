import type { Service } from "./service.ts";

/**
 * The one order of a stack: every service after all it depends on, otherwise in the order they were defined.
 *
 * @returns The order, or the first cycle found, its first name repeated at the end. Names that no service has are
 * left out; a check of its own reports them.
 */
export function startOrder(
  services: Readonly<Record<string, Service>>,
): { readonly order: string[] } | { readonly cycle: string[] } {
  const order: string[] = [];
  const done = new Set<string>();
  const visiting: string[] = [];

  function visit(name: string): string[] | undefined {
    if (done.has(name)) return undefined;
    const start = visiting.indexOf(name);
    if (start >= 0) return [...visiting.slice(start), name];
    visiting.push(name);
    for (const dependency of Object.keys(services[name]?.depends_on ?? {})) {
      if (!(dependency in services)) continue;
      const cycle = visit(dependency);
      if (cycle !== undefined) return cycle;
    }
    visiting.pop();
    done.add(name);
    order.push(name);
    return undefined;
  }

  for (const name of Object.keys(services)) {
    const cycle = visit(name);
    if (cycle !== undefined) return { cycle };
  }
  return { order };
}
