/** The name of a container whose own name another container is to have. */
export function nameAside(name: string, id: string): string {
  return `${name}-${id.slice(0, 12)}`;
}
