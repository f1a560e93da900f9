import { relative, resolve } from "node:path";

/** Whether a path lies outside the project: it is then the machine's, and the same wherever the checkout lies. */
export function isOutside(path: string, directory: string): boolean {
  return /^\.\.([/\\]|$)/.test(relative(directory, resolve(directory, path)));
}
