import { dependenciesOf } from "./dependencies.ts";
import type { Service } from "../compose-spec/service.ts";

export interface StartOrder {
  /** Every service after all it depends on, otherwise as they were defined; of no use while there is a cycle. */
  readonly order: readonly string[];
  /** Services that wait for each other in a circle, the first name repeated at the end. */
  readonly cycles: readonly (readonly string[])[];
}

/**
 * The one order of a stack. Dependencies that no service has are left out; a check of its own reports them.
 */
export function startOrder(services: Readonly<Record<string, Service>>): StartOrder {
  const order: string[] = [];
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visiting: string[] = [];

  function visit(name: string): void {
    if (done.has(name)) return;
    const start = visiting.indexOf(name);
    if (start >= 0) {
      cycles.push([...visiting.slice(start), name]);
      return;
    }
    visiting.push(name);
    for (const dependency of Object.keys(dependenciesOf(services[name] ?? {}))) {
      if (Object.hasOwn(services, dependency)) visit(dependency);
    }
    visiting.pop();
    done.add(name);
    order.push(name);
  }

  for (const name of Object.keys(services)) visit(name);
  return { order, cycles };
}
