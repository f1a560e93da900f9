import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import { inService, mistake, type Finding } from "../findings/finding.ts";
import { hasRoutes, isOfProject, type FilesHere, type PlaceHere } from "../model/elsewhere.ts";
import type { Model } from "../model/model.ts";

/**
 * A mistake for everything of this machine that a container of an engine elsewhere cannot have: folders of the project,
 * files to which a service may write, and large files.
 */
export function notOnServer(model: Model, here: FilesHere, place: PlaceHere): Finding[] {
  return Object.entries(model.services).flatMap(([name, service]) =>
    [
      ...bindMounts(service, here, place),
      ...largeFiles("configs", service, model, here),
      ...largeFiles("secrets", service, model, here),
    ].map((finding) => inService(name, finding)),
  );
}

function bindMounts({ volumes = [] }: Service, here: FilesHere, place: PlaceHere): Finding[] {
  return volumes.flatMap((mount, index) => {
    const { source = "", target, read_only } = mount;
    if (!isOfProject(mount, place) || hasRoutes(mount, place)) return [];
    const path = `volumes.${index}`;
    if (here.tooLarge.includes(source)) return [tooLarge(path, source)];
    if (own(here.contents, source) === undefined)
      return [
        notThere(path, source, {
          message: "is on this machine, and the stack's engine is on another one",
          fix: "build it into an image, keep it in a volume, or mount its files one by one",
        }),
      ];
    if (read_only === true) return [];
    return [
      notThere(path, source, {
        message:
          "would be lost with its container, if the service writes to it: the stack's engine is on another machine",
        fix: `mount it read-only (${source}:${target}:ro) if the service only reads it, or keep it in a volume`,
      }),
    ];
  });
}

function largeFiles(key: "configs" | "secrets", service: Service, model: Model, here: FilesHere): Finding[] {
  const defined = key === "configs" ? model.configs : model.secretFiles;
  return (service[key] ?? []).flatMap(({ source }, index) => {
    const { file } = own(defined, source) ?? {};
    return file === undefined || !here.tooLarge.includes(file) ? [] : [tooLarge(`${key}.${index}`, file)];
  });
}

function tooLarge(path: string, source: string): Finding {
  return notThere(path, source, {
    message: "is larger than 1 MiB, too large to be sent to the stack's engine, which is on another machine",
    fix: "build it into an image, or keep it in a volume",
  });
}

function notThere(
  path: string,
  source: string,
  said: { readonly message: string; readonly fix: string },
): Finding {
  return mistake("not-on-server", { path, ...said, message: `\`${source}\` ${said.message}` });
}
