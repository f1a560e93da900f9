import { own } from "../compose-spec/own.ts";
import { isOutside } from "../compose-spec/paths.ts";
import type { Service } from "../compose-spec/service.ts";
import { inService, mistake, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";

/**
 * A mistake for everything of the project's folder that a container would mount, where the engine is on another machine:
 * that machine has no such folder, and its engine would make an empty one.
 *
 * @param directory Absolute path of the project.
 */
export function notOnServer(model: Model, directory: string): Finding[] {
  return Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...bindMounts(service, directory),
      ...files("configs", service, model),
      ...files("secrets", service, model),
    ].map((finding) => inService(name, finding)),
  );
}

function bindMounts({ volumes = [] }: Service, directory: string): Finding[] {
  return volumes.flatMap(({ type, source = "" }, index) => {
    if (type !== "bind" || isOutside(source, directory)) return [];
    const fix = "build it into an image, keep it in a volume, or write a config with its `content`";
    return [notThere(`volumes.${index}`, source, fix)];
  });
}

function files(key: "configs" | "secrets", service: Service, model: Model): Finding[] {
  const defined = key === "configs" ? model.configs : model.secretFiles;
  return (service[key] ?? []).flatMap(({ source }, index) => {
    const { file } = own(defined, source) ?? {};
    const fix = `write the ${key} with \`content\` or \`environment\` in place of \`file\``;
    return file === undefined ? [] : [notThere(`${key}.${index}`, file, fix)];
  });
}

function notThere(path: string, source: string, fix: string): Finding {
  const message = `\`${source}\` is on this machine, and the stack's engine is on another one`;
  return mistake("not-on-server", { path, message, fix });
}
