import { isAbsolute, join } from "node:path";
import { isImageReference } from "../compose-spec/image-reference.ts";
import { seccompProfile, takesAway, type Service } from "../compose-spec/service.ts";
import { mistake, type Finding } from "../findings/finding.ts";

export function source(service: Service, pathExists: (path: string) => boolean): Finding[] {
  return [...references(service), ...origin(service, pathExists)];
}

/** Names of images that the engine cannot read. */
function references({ image, build }: Service): Finding[] {
  const named = [
    ...(image === undefined ? [] : [{ path: "image", reference: image }]),
    ...(build?.tags ?? []).map((reference, index) => ({ path: `build.tags.${index}`, reference })),
  ];
  return named.flatMap(({ path, reference }) => {
    if (isImageReference(reference)) return [];
    const message = `\`${reference}\` is no name of an image`;
    const fix =
      reference.toLowerCase() !== reference && isImageReference(reference.toLowerCase())
        ? `write lower case: ${reference.toLowerCase()}`
        : "write [registry/]name[:tag][@digest], such as postgres:16";
    return [mistake("invalid-value", { path, message, fix })];
  });
}

function origin(service: Service, pathExists: (path: string) => boolean): Finding[] {
  if (service.image === undefined && service.build === undefined) {
    const fix = "name an image, or a build with its context";
    return [mistake("no-image", { path: "", message: "the service has neither `image` nor `build`", fix })];
  }
  if (service.build === undefined) return [];
  const { context = ".", dockerfile = "Dockerfile" } = service.build;
  if (!pathExists(context)) {
    const fix = "correct the path, which is relative to the project";
    const message = `directory \`${context}\` does not exist`;
    return [mistake("missing-file", { path: "build.context", message, fix })];
  }
  if (!pathExists(isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile))) {
    const message = `\`${dockerfile}\` does not exist in \`${context}\``;
    const fix = "correct the path, which is relative to the context";
    return [mistake("missing-file", { path: "build.dockerfile", message, fix })];
  }
  return [];
}

/** A process that is taken away, with none in its place. */
export function command({ entrypoint, command: words = [] }: Service): Finding[] {
  if (!takesAway(entrypoint) || words.length > 0) return [];
  return [
    mistake("no-command", {
      path: "entrypoint",
      message: "the entrypoint of the image is removed, and there is no command",
      fix: "write the whole command below command",
    }),
  ];
}

/** A security profile of one's own, by its path. */
export function securityProfile(
  { security_opt = [] }: Service,
  pathExists: (path: string) => boolean,
): Finding[] {
  return security_opt.flatMap((option, index) => {
    const profile = seccompProfile(option);
    return profile === undefined || pathExists(profile)
      ? []
      : [
          mistake("missing-file", {
            path: `security_opt.${index}`,
            message: `security profile \`${profile}\` does not exist`,
            fix: "correct the path, which is relative to the project",
          }),
        ];
  });
}
