import { z } from "zod";
import { suggestion } from "../compose-spec/nearest.ts";
import { warningNames, type Warning, type WarningName } from "./warning.ts";

/** A warning that a team has looked at and lives with, in stack config. */
const silence = z.strictObject({
  warning: z.enum(warningNames),
  /** The one service whose warning it is; default every service's. */
  service: z.string().optional(),
  /** Why, for whoever reads the stack config next. */
  reason: z.string("say why the warning may be silenced").regex(/\S/, "say why the warning may be silenced"),
});

export const silenceSchema = z.array(silence, "write a list of `{ warning, service, reason }`");

export type Silence = z.infer<typeof silence>;

/** Warnings that come and go with the engine or with what an `up` measured; one that is not there now may be tomorrow. */
const passing: readonly WarningName[] = [
  "container-name-in-url",
  "kept-volume",
  "memory-overcommitted",
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
export function silenced<T extends Pick<Warning, "name" | "service">>(
  warnings: readonly T[],
  silences: readonly Silence[],
  services: readonly string[],
): { readonly told: readonly T[]; readonly idle: readonly Idle[] } {
  const meets = ({ warning, service }: Silence, { name, service: of }: T) =>
    warning === name && (service === undefined || service === of);
  return {
    told: warnings.filter((warning) => !silences.some((entry) => meets(entry, warning))),
    idle: silences.flatMap((entry, index) =>
      warnings.some((warning) => meets(entry, warning)) ? [] : whyIdle(entry, services, index),
    ),
  };
}

function whyIdle({ warning, service }: Silence, services: readonly string[], index: number): Idle[] {
  // A volume is kept of a service that is in the stack no longer.
  if (service !== undefined && warning !== "kept-volume" && !services.includes(service))
    return [{ index, why: `there is no service \`${service}\` (${suggestion(service, services)})` }];
  if (passing.includes(warning)) return [];
  const of = service === undefined ? "" : ` for ${service}`;
  return [{ index, why: `there is no warning ${warning}${of} (take it out)` }];
}
