import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { NeedsAttention } from "./needs-attention.ts";
import type { ContainerStatus } from "./status/compare.ts";
import type { SwarmStatus } from "./status/swarm-status.ts";

/** What `up --json` prints. */
export interface UpdateReport {
  /** `null` where it did not come to a stack: there is no such stack, or no program. */
  readonly stack: string | null;
  readonly outcome: "succeeded" | "failed";
  /** The containers of the stack, as `status --json` prints them; in a swarm its tasks. */
  readonly services: readonly ContainerStatus[] | SwarmStatus["tasks"];
  readonly failures: readonly Failure[];
}

/** Why an update failed, in words for people. */
export interface Failure {
  /** The resource that failed, such as a container or an image; `null` for the program as a whole. */
  readonly resource: string | null;
  readonly message: string;
}

/** What a person is told, as a program is told it. */
export function failureOf({ message, advice }: NeedsAttention): Failure {
  return { resource: null, message: `${message}\n→ ${advice}` };
}

/** An event of Pulumi's, a line of JSON, as far as it is used here. */
interface UpdateEvent {
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly message: string;
    readonly severity: string;
    readonly ephemeral?: boolean;
  };
  readonly resOutputsEvent?: { readonly metadata: { readonly op: string; readonly urn: string } };
}

/** Reads Pulumi's events, tells a person of them on standard error, and returns what failed. */
export async function followUpdate(events: Readable): Promise<Failure[]> {
  const failures: Failure[] = [];
  for await (const line of createInterface({ input: events })) {
    const event = eventIn(line);
    if (event === undefined) {
      console.error(line);
      continue;
    }
    const { diagnosticEvent: said, resOutputsEvent: done } = event;
    if (said !== undefined) {
      const message = withoutColours(said.message)
        .replace(/^error: /, "")
        .trim();
      console.error(message);
      if (said.severity === "error") failures.push({ resource: nameIn(said.urn), message });
    }
    if (done !== undefined && done.metadata.op !== "same")
      console.error(`${done.metadata.op} ${nameIn(done.metadata.urn) ?? ""}`);
  }
  return failures;
}

function eventIn(line: string): UpdateEvent | undefined {
  try {
    return JSON.parse(line) as UpdateEvent;
  } catch {
    return undefined;
  }
}

/** The name at the end of a URN; that of the stack itself tells nothing. */
function nameIn(urn = ""): string | null {
  return urn === "" || urn.includes("::pulumi:pulumi:Stack::") ? null : (urn.split("::").at(-1) ?? null);
}

/** Pulumi marks colours by `<{%reset%}>`. */
function withoutColours(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "");
}
