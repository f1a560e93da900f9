import { own } from "../compose-spec/own.ts";
import { inService, mistake, warning, type Finding } from "../findings/finding.ts";
import type { AbsentImage, EngineFacts } from "../model/facts.ts";
import type { Model } from "../model/model.ts";

/** Images of services that the engine does not have and that cannot be pulled, or may not be there to be pulled. */
export function missingImages(model: Model, absent: EngineFacts["absentImages"]): Finding[] {
  return Object.entries(model.services).flatMap(([name, { image, build, pull_policy }]) => {
    const answer = image === undefined || build !== undefined ? undefined : own(absent, image);
    if (image === undefined || answer === undefined) return [];
    const found = pull_policy === "never" ? neverPulled(image) : notPulled(image, answer);
    return found === undefined ? [] : [inService(name, found)];
  });
}

function neverPulled(image: string): Finding {
  return mistake("missing-image", {
    path: "image",
    message: `Docker does not have the image \`${image}\`, and \`pull_policy: never\` keeps it from a pull`,
    fix: `get the image first (docker pull ${image}), or remove pull_policy`,
  });
}

function notPulled(image: string, { registry, reason = "", login }: AbsentImage): Finding | undefined {
  const path = "image";
  if (registry === "missing") {
    const message = `there is no image \`${image}\`: neither Docker nor the registry has it`;
    const fix = `correct the name or the tag, or build the image: docker build --tag ${image} <folder>`;
    return mistake("missing-image", { path, message, fix });
  }
  if (registry === "denied" && login !== undefined) {
    const message = `Docker does not have the image \`${image}\`, and the registry does not show the image to the login of registryAuth.${login}`;
    const fix = `correct the name, or the username and the password of registryAuth.${login} in stack config`;
    return mistake("missing-image", { path, message, fix });
  }
  if (registry === "denied") {
    const message = `Docker does not have the image \`${image}\`, and the registry does not show the image to somebody without a login`;
    const fix =
      "correct the name; if the image is private, `up` needs a login: of `docker login`, or on another engine of registryAuth in stack config";
    return warning("missing-image", { path, message, fix });
  }
  if (registry === "unreached") {
    const message = `Docker does not have the image \`${image}\`, and cannot ask the registry for it: ${reason}`;
    const fix = "`up` has to pull the image: the registry has to answer by then, or the image to be loaded";
    return warning("missing-image", { path, message, fix });
  }
  return undefined;
}
