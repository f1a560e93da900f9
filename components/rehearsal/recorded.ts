import type { Opener } from "../local/locked-text.ts";

/** A resource as a stack's state has it. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly delete?: boolean;
  readonly external?: boolean;
  readonly taint?: boolean;
  readonly pendingReplacement?: boolean;
  readonly initErrors?: readonly string[];
  readonly id?: string;
  readonly parent?: string;
  readonly provider?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly inputs?: Properties;
  readonly outputs?: Properties;
}

export type Properties = Readonly<Record<string, unknown>>;

/** By these two, Pulumi marks a value in its wire format and in its state as a secret. */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/**
 * A value of the state with its secrets opened.
 *
 * @param secret What stands for a secret.
 * @throws Error for a secret that cannot be opened.
 */
export function openedValue(
  value: unknown,
  opener: Opener | undefined,
  secret: (plain: unknown) => unknown,
): unknown {
  if (Array.isArray(value)) return value.map((part) => openedValue(part, opener, secret));
  if (!isObject(value)) return value;
  if (value[signature] === secretMark) {
    const { ciphertext, plaintext } = value;
    if (typeof plaintext === "string") return secret(JSON.parse(plaintext));
    if (opener === undefined || typeof ciphertext !== "string") throw new Error("a secret cannot be opened");
    return secret(JSON.parse(opener.open(ciphertext)));
  }
  const parts = Object.entries(value).map(([key, part]) => [key, openedValue(part, opener, secret)] as const);
  return Object.fromEntries(parts);
}

/** A secret as Pulumi sends it. */
export function markedSecret(value: unknown): Properties {
  return { [signature]: secretMark, value };
}

/** A value that a program sends, without the marks of secrets. */
export function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (!isObject(value)) return value;
  if (value[signature] === secretMark) return withoutMarks(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutMarks(part)]));
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null;
}
