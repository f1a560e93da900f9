import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../compose-spec/service.ts";
import { messageOf } from "../engine/engine.ts";
import { NotReady } from "../engine/readiness.ts";
import { printable } from "../findings/printable.ts";
import { clearWords } from "../model/clear-words.ts";
import { withoutSecrets } from "../model/masking.ts";

/**
 * Why a gate did not open, in words for people.
 *
 * @param called The container or the service behind the gate.
 * @param hidden Secrets, which a log may hold and the words may not.
 */
export function whyClosed(
  error: unknown,
  called: string,
  hidden: readonly string[],
  service: Service,
): string {
  const said = error instanceof NotReady ? error.message : `${called}: ${messageOf(error)}`;
  return withoutSecrets(printable(said), hidden, clearWords(service));
}

/** Tells why the gate of a service did not open that no other service requires. */
export async function goOnWithout(service: string, why: string, resource: pulumi.Resource): Promise<void> {
  await pulumi.log.warn(`${why}\nNo service requires ${service}: the others go on.`, resource);
}
