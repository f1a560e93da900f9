/** What `docker inspect` prints, and how one reads in it without knowing its types. */
export type Json = string | number | boolean | null | readonly Json[] | Mapping;
export interface Mapping {
  readonly [key: string]: Json;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function isMapping(value: Json | undefined): value is Mapping {
  return typeof value === "object" && value !== null && !isList(value);
}

export function mapping(value: Json | undefined): Mapping {
  return isMapping(value) ? value : {};
}

export function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

export function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

export function without(value: Mapping, ...keys: readonly string[]): Mapping {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}
