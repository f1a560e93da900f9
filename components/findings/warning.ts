import type { Mistake } from "./mistake.ts";

/** What a stack is warned of, by the name that stack config silences it by. The README says what each means. */
export const warningNames = [
  "anonymous-volume",
  "comes-to-nothing",
  "compose",
  "container-name-in-url",
  "doubled-dollar",
  "fixed-container-name",
  "host-port-in-url",
  "interpolated-health-command",
  "ipv6-host",
  "kept-volume",
  "localhost-url",
  "memory-overcommitted",
  "no-shared-network",
  "not-interpolated",
  "pg-isready-by-socket",
  "rounded-memory",
  "router-rule-quotes",
  "sqlite-two-writers",
  "start-period-too-short",
  "started-not-healthy",
  "unknown-profile",
] as const;

export type WarningName = (typeof warningNames)[number];

/** What is merely likely to be wrong, or is not done as it is written: it is told, and `up` goes on. */
export interface Warning extends Mistake {
  readonly name: WarningName;
  /** The service it is about; absent when it is the whole stack's. */
  readonly service?: string;
}

/** A warning in a line, its name last. */
export function describeWarning({ file, path, message, fix, name }: Warning): string {
  return `${file === undefined ? "" : `${file}: `}${path} ${message} (${fix}) [${name}]`;
}

/** A warning of a service before it is known which file it stands in; its path counts from the service. */
export type Found = Omit<Warning, "file" | "service">;
