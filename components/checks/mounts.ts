import type { FileReference, Mount } from "../compose-spec/mount.ts";
import { suggestion } from "../findings/nearest.ts";
import type { File } from "../compose-spec/definitions.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { isMadeByEngine } from "../model/bind-sources.ts";
import { mistake, warning, type Finding } from "../findings/finding.ts";
import { own } from "../compose-spec/own.ts";

export function mounts(service: Service, model: Model, { pathExists, onEngine }: Place): Finding[] {
  return [
    ...relativeTargets(service),
    ...(service.volumes ?? []).flatMap((mount, index) => {
      const path = `volumes.${index}`;
      const from = mount.source;
      if (from === undefined) return [];
      if (mount.type === "volume" && !Object.hasOwn(model.volumes, from)) {
        const fix = suggestion(from, Object.keys(model.volumes));
        return [mistake("not-declared", { path, message: `volume \`${from}\` is not declared`, fix })];
      }
      // What the nodes of a swarm have, nobody here knows.
      if (mount.type === "bind" && onEngine && !pathExists(from)) return [missingSource(from, path, mount)];
      return [];
    }),
    ...files("config", service.configs ?? [], model.configs, { pathExists, onEngine }),
    ...files("secret", service.secrets ?? [], model.secretFiles, { pathExists, onEngine }),
  ];
}

/** Targets that the engine refuses when it makes the container. */
function relativeTargets({ volumes = [], tmpfs = [] }: Service): Finding[] {
  const targets = [
    ...volumes.map(({ target }, index) => ({ path: `volumes.${index}`, target })),
    ...tmpfs.map((entry, index) => ({ path: `tmpfs.${index}`, target: entry.split(":")[0] ?? "" })),
  ];
  return targets.flatMap(({ path, target }) => {
    if (target.startsWith("/")) return [];
    const isDrive = /^[a-z]:/i.test(target);
    return [
      mistake("invalid-value", {
        path,
        message: `the target \`${target}\` is no absolute path in the container`,
        fix: isDrive
          ? "Compose takes one letter before a colon for a drive of Windows: give the volume a longer name"
          : `write /${target}`,
      }),
    ];
  });
}

/** Compose's engine makes a directory there; where a file is meant, that would be a directory of the file's name. */
function missingSource(from: string, path: string, mount: Mount): Finding {
  const message = `the bind mount source \`${from}\` does not exist`;
  if (isMadeByEngine(mount))
    return warning("missing-directory", {
      path,
      message: `${message}: the engine makes an empty directory there, as under Compose`,
      fix: "correct the path, which is relative to the project, if another is meant",
    });
  const fix = "create it, or correct the path, which is relative to the project";
  return mistake("missing-file", { path, message, fix });
}

/** Where files have to be. */
interface Place {
  readonly pathExists: (path: string) => boolean;
  readonly onEngine: boolean;
}

/** Configs or secrets of a service that the top level does not have, or has no content for. */
function files(
  kind: "config" | "secret",
  references: readonly FileReference[],
  declared: Readonly<Record<string, File>>,
  place: Place,
): Finding[] {
  return references.flatMap(({ source }, index) => {
    const path = `${kind}s.${index}`;
    const file = own(declared, source);
    if (file === undefined) {
      const fix = suggestion(source, Object.keys(declared));
      return [mistake("not-declared", { path, message: `${kind} \`${source}\` is not declared`, fix })];
    }
    const wrong = contentless(file, place);
    return wrong === undefined
      ? []
      : [
          mistake("file-without-content", {
            path,
            ...wrong,
            message: `${kind} \`${source}\` ${wrong.message}`,
          }),
        ];
  });
}

function contentless(
  { external, environment, file, content }: File,
  { pathExists, onEngine }: Place,
): { readonly message: string; readonly fix: string } | undefined {
  // A swarm is asked for its own.
  if (external && !onEngine) return undefined;
  if (external)
    return {
      message: "is external, and only a cluster has external ones",
      fix: "give it a file or a content",
    };
  if (content !== undefined) return undefined;
  if (environment !== undefined) {
    const fix = `set ${environment} in the environment, or in the .env of the project`;
    return { message: `takes its content from the variable ${environment}, which is not set`, fix };
  }
  if (file === undefined)
    return { message: "has no content", fix: "give it a file, a content or an environment" };
  return pathExists(file)
    ? undefined
    : { message: `names the file \`${file}\`, which does not exist`, fix: "create it, or correct the path" };
}
