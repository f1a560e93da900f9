import type { EngineContainer } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import { inService, type Finding } from "../findings/finding.ts";
import { doubledDollars, doubledInValues, notInterpolated } from "./dollars.ts";
import { unsetExpose } from "./expose.ts";
import { pgIsReady, unfilledVariables } from "./healthcheck.ts";
import { ping } from "./ping.ts";
import { sqliteWriters } from "./sqlite.ts";
import { unreached } from "./unreached.ts";
import { calledIn, containerNameUrls, hostPortUrls, localhostUrls } from "./urls.ts";

/**
 * What is likely to be wrong in a stack, by what its texts seem to mean. A guess may be wrong, so each is a warning.
 *
 * @param project Compose project name.
 * @param containers The containers that the engine has; absent where no engine answers.
 */
export function guess(model: Model, project: string, containers?: readonly EngineContainer[]): Finding[] {
  const called = calledIn(model, project);
  const inServices = Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...localhostUrls(name, service, model),
      ...hostPortUrls(name, service, model),
      ...containerNameUrls(service, called, project, containers),
      ...unreached(name, service, model),
      ...pgIsReady(name, service, model),
      ...unfilledVariables(service, model),
      ...doubledDollars(service),
      ...doubledInValues(name, model),
      ...notInterpolated(name, model),
      ...ping(service, model),
      ...unsetExpose(service),
    ].map((finding) => inService(name, finding)),
  );
  return [...inServices, ...sqliteWriters(model)];
}
