import { isAbsolute, join } from "node:path";
import { seccompProfile, takesAway, type Service } from "../compose-spec/service.ts";
import type { Found } from "./found.ts";

export function source(name: string, service: Service, pathExists: (path: string) => boolean): Found {
  const path = `services.${name}`;
  if (service.image === undefined && service.build === undefined) {
    return [
      { path, message: "has neither `image` nor `build`", fix: "name an image, or a build with its context" },
    ];
  }
  if (service.build === undefined) return [];
  const { context = ".", dockerfile = "Dockerfile" } = service.build;
  if (!pathExists(context)) {
    const fix = "correct the path; it is relative to the project";
    return [{ path: `${path}.build.context`, message: `the directory \`${context}\` does not exist`, fix }];
  }
  if (!pathExists(isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile))) {
    const message = `there is no \`${dockerfile}\` in \`${context}\``;
    return [
      { path: `${path}.build.dockerfile`, message, fix: "correct the path; it is relative to the context" },
    ];
  }
  return [];
}

/** A process that is taken away, with none in its place. */
export function command(name: string, { entrypoint, command: words = [] }: Service): Found {
  if (!takesAway(entrypoint) || words.length > 0) return [];
  return [
    {
      path: `services.${name}.entrypoint`,
      message: "takes the image's entrypoint away and says nothing in its place",
      fix: "write the whole command below command",
    },
  ];
}

/** A security profile of one's own, by its path. */
export function securityProfile(
  name: string,
  { security_opt = [] }: Service,
  pathExists: (path: string) => boolean,
): Found {
  return security_opt.flatMap((option, index) => {
    const profile = seccompProfile(option);
    return profile === undefined || pathExists(profile)
      ? []
      : [
          {
            path: `services.${name}.security_opt.${index}`,
            message: `the profile \`${profile}\` does not exist`,
            fix: "correct the path; it is relative to the project",
          },
        ];
  });
}
