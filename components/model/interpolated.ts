/** A place where a Compose file uses a variable. */
export interface Use {
  readonly variable: string;
  /** Dotted: `services.web.environment.LEVEL`, or `services.web.environment.0` of a list. */
  readonly path: string;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`; not `$$NAME`, and not `${NAME:+other}`, which is not the value. */
const interpolated = /(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)(?!\w|:?\+)|([A-Za-z_]\w*))/g;

/**
 * The variables that a part of a Compose file uses.
 *
 * @param path The part's place in the file.
 */
export function usesIn(value: unknown, path: readonly string[]): Use[] {
  if (typeof value === "string") {
    const names = [...value.matchAll(interpolated)].map(([, braced, plain]) => braced ?? plain ?? "");
    return [...names, ...passedOn(value, path)].map((variable) => ({ variable, path: path.join(".") }));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    entry === null && path.length === 3 && path[2] === "environment"
      ? [{ variable: key, path: [...path, key].join(".") }]
      : usesIn(entry, [...path, key]),
  );
}

/** `environment: [NAME]` gives the container the variable under its own name. */
function passedOn(value: string, path: readonly string[]): string[] {
  return path.length === 4 && path[2] === "environment" && /^\d+$/.test(path[3] ?? "") && !/[=$]/.test(value)
    ? [value]
    : [];
}
