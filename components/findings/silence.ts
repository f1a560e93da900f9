import { z } from "zod";
import type { Finding } from "./finding.ts";
import { formerNames, warningNames, type WarningName } from "./names.ts";
import { suggestion } from "./nearest.ts";

const names = [...warningNames, ...(Object.keys(formerNames) as (keyof typeof formerNames)[])];

/** A warning that a team has looked at and lives with, in stack config. */
const silence = z.strictObject({
  warning: z.enum(names),
  /** The one service whose warning it is; default every service's. */
  service: z.string().optional(),
  /** Why, for whoever reads the stack config next. */
  reason: z.string("say why the warning is silenced").regex(/\S/, "say why the warning is silenced"),
});

export const silenceSchema = z.array(silence, "write a list of `{ warning, service, reason }`");

export type Silence = z.infer<typeof silence>;

/** Warnings that come and go with the engine or with what an `up` measured; one that is not there now may be tomorrow. */
const passing: readonly WarningName[] = [
  "container-name-in-url",
  "kept-login",
  "kept-volume",
  "lost-volume",
  "memory-overcommitted",
  "missing-directory",
  "missing-image",
  "paused-container",
  "port-held-too-long",
  "start-period-too-short",
];

/** An entry of stack config that silences nothing. */
export interface Idle {
  readonly index: number;
  readonly why: string;
}

/**
 * The warnings that are still to be told, and the entries of `silences` that silence nothing.
 *
 * @param services Names of the stack's services.
 */
export function silenced<T extends Pick<Finding, "name" | "service">>(
  warnings: readonly T[],
  silences: readonly Silence[],
  services: readonly string[],
): { readonly told: readonly T[]; readonly idle: readonly Idle[] } {
  const meets = ({ warning, service }: Silence, { name, service: of }: T) =>
    nowNamed(warning) === name && (service === undefined || service === of);
  return {
    told: warnings.filter((warning) => !silences.some((entry) => meets(entry, warning))),
    idle: silences.flatMap((entry, index) =>
      warnings.some((warning) => meets(entry, warning)) ? [] : whyIdle(entry, services, index),
    ),
  };
}

function nowNamed(name: Silence["warning"]): WarningName {
  return name in formerNames ? formerNames[name as keyof typeof formerNames] : (name as WarningName);
}

function whyIdle({ warning, service }: Silence, services: readonly string[], index: number): Idle[] {
  const name = nowNamed(warning);
  // A volume is kept of a service that is in the stack no longer.
  if (service !== undefined && name !== "kept-volume" && !services.includes(service))
    return [{ index, why: `there is no service \`${service}\` (${suggestion(service, services)})` }];
  if (passing.includes(name)) return [];
  const of = service === undefined ? "" : ` for ${service}`;
  return [{ index, why: `there is no warning ${warning}${of} (remove the entry)` }];
}
