import { isAbsolute, join } from "node:path";
import { isImageReference } from "../compose-spec/image-reference.ts";
import { seccompProfile, takesAway, type Service } from "../compose-spec/service.ts";
import { furtherContext, isRemoteContext, type Build } from "../compose-spec/build.ts";
import { absent, type WhyUnread } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";

/**
 * Where a service comes from: an image, or a build whose files are read on this machine, whichever engine makes the image.
 *
 * @param whyUnread Why a build cannot read a path of this machine; `undefined` where the build can.
 */
export function source(service: Service, { incomplete }: Model, whyUnread: WhyUnread): Finding[] {
  return [...references(service), ...origin(service, incomplete, whyUnread)];
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

/** @param incomplete Whether something of the stack was refused, which may be where the service comes from. */
function origin(service: Service, incomplete: boolean, whyUnread: WhyUnread): Finding[] {
  const { image, build } = service;
  if (image === undefined && build === undefined) {
    if (incomplete) return [];
    const fix = "name an image, or a build with its context";
    return [mistake("no-image", { path: "", message: "the service has neither `image` nor `build`", fix })];
  }
  if (build === undefined) return [];
  const { context = ".", dockerfile = "Dockerfile", dockerfile_inline: inline } = build;
  if (isRemoteContext(context)) return besideRemoteContext(build);
  const unread = whyUnread(context, "directory");
  if (unread !== undefined) {
    const fix = "correct the path, which is relative to the project";
    return [
      mistake("missing-file", {
        path: "build.context",
        message: `the context \`${context}\` ${unread}`,
        fix,
      }),
    ];
  }
  const further = furtherContexts(build, whyUnread);
  if (inline !== undefined) return further;
  const missing = whyUnread(isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile), "file");
  if (missing === undefined) return further;
  const message = `\`${dockerfile}\` ${missing === absent ? `${absent} in \`${context}\`` : missing}`;
  const fix = "correct the path, which is relative to the context";
  return [mistake("missing-file", { path: "build.dockerfile", message, fix }), ...further];
}

/** Further contexts that the builder does not find. */
function furtherContexts({ additional_contexts: entries = [] }: Build, whyUnread: WhyUnread): Finding[] {
  return entries.flatMap((entry) => {
    const { name, source, isFolder } = furtherContext(entry);
    const path = `build.additional_contexts.${name}`;
    if (source.startsWith("service:")) {
      const message =
        "the image of another service is no context here: the Docker provider builds each image by itself";
      const fix =
        "make both images of one Dockerfile, each by its target, or name an image that is there: docker-image://name:tag";
      return [mistake("refused-key", { path, message, fix })];
    }
    const unread = isFolder ? whyUnread(source, "directory") : undefined;
    if (unread === undefined) return [];
    const fix = "correct the path, which is relative to the project";
    return [mistake("missing-file", { path, message: `the context \`${source}\` ${unread}`, fix })];
  });
}

/** Keys that only BuildKit honours. A context from a URL is for the engine's older builder, which the provider then asks. */
const onlyBuildKit = {
  dockerfile_inline: "put the Dockerfile into the context, and name the file below dockerfile",
  additional_contexts:
    "check the context out, and name its folder; or copy in the Dockerfile by COPY --from=<image>",
  cache_to: "remove the key",
} as const;

function besideRemoteContext(build: Build): Finding[] {
  return Object.entries(onlyBuildKit).flatMap(([key, fix]) => {
    const value = build[key as keyof typeof onlyBuildKit];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    const message = `\`${key}\` is not supported with a context that the engine gets from a URL`;
    return [mistake("refused-key", { path: `build.${key}`, message, fix })];
  });
}

/** A process that is taken away, with none in its place. An engine has the image's command then, of which a swarm is not told. */
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

/** Compose refuses it where it checks a whole file; here it is only asked to merge. */
export function healthcheckKind({ healthcheck: check }: Service): Finding[] {
  const kind = check?.test?.[0];
  if (check?.disable === true || kind === undefined || ["CMD", "CMD-SHELL", "NONE"].includes(kind)) return [];
  return [
    mistake("invalid-value", {
      path: "healthcheck.test",
      message: `Docker knows no kind of health check that is called \`${kind}\`, and runs none`,
      fix: "begin the list with CMD, or with CMD-SHELL for one text that a shell reads",
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
