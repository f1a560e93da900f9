import * as pulumi from "@pulumi/pulumi";
import { filled, placeholders } from "../model/placeholder.ts";

/** Secrets by name, for placeholders. */
export type Secrets = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * The value, in depth, with every placeholder filled. Only a text that refers to a secret becomes one; the others
 * stay readable in a preview.
 */
export function filledIn<T>(value: T, secrets: Secrets): T {
  return fill(value, secrets) as T;
}

/** A variable, `URL=postgresql://shop:${dbPassword}@db`. Its value is filled by itself: whether it is a URL tells how. */
export function filledVariable(entry: pulumi.Input<string>, secrets: Secrets): pulumi.Input<string> {
  if (typeof entry !== "string")
    return pulumi.output(entry).apply((text) => pulumi.output(filledVariable(text, secrets)));
  const [variable = "", value] = entry.split(/=(.*)/s);
  if (value === undefined) return entry;
  const filledValue: pulumi.Input<string> = filledIn(value, secrets);
  return typeof filledValue === "string" ? entry : pulumi.interpolate`${variable}=${filledValue}`;
}

function fill(value: unknown, secrets: Secrets): unknown {
  if (typeof value === "string") return fillText(value, secrets);
  if (pulumi.Output.isInstance(value)) return value.apply((inner) => fill(inner, secrets));
  if (Array.isArray(value)) return value.map((entry: unknown) => fill(entry, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry, secrets)]));
}

function fillText(text: string, secrets: Secrets): pulumi.Input<string> {
  const named = placeholders(text);
  const used = Object.entries(secrets).filter(([name]) => named.includes(name));
  if (used.length === 0) return text;
  return pulumi.all(Object.fromEntries(used)).apply((values) => filled(text, values));
}
