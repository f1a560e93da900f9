import type { AbsentImage } from "../model/facts.ts";
import { isNotFound, messageOf } from "./engine.ts";

/** What it says of an image that the engine could not ask the image's registry. */
export function absenceBy(error: unknown): AbsentImage {
  if (isNotFound(error)) return { registry: "missing" };
  // A registry says so of an image that is not there, too.
  if ([401, 403].includes(Number((error as { readonly statusCode?: number }).statusCode)))
    return { registry: "denied" };
  return { registry: "unreached", reason: messageOf(error) };
}
