/**
 * One thing a user got wrong, said so that it can be mended without reading code. Checks collect mistakes
 * instead of throwing, so that a preview shows all of them at once and nothing is touched before.
 */
export interface Mistake {
  /** The file the mistake stands in, relative to the project; absent when it comes from the program's own definitions. */
  readonly file?: string;
  /** The key, as a dotted path (`services.postgres.ports.0`). */
  readonly path: string;
  /** What is wrong. Never holds a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** The text of a list of mistakes, a paragraph each, in the order they were found. */
export function describeMistakes(mistakes: readonly Mistake[]): string {
  const count = mistakes.length === 1 ? "1 mistake" : `${mistakes.length} mistakes`;
  const lines = mistakes.map(({ file, path, message, fix }) => {
    const place = file === undefined ? path : `${file}: ${path}`;
    return `  ${place}\n    ${message}\n    → ${fix}`;
  });
  return `${count} in the stack, nothing was touched:\n\n${lines.join("\n\n")}\n`;
}
