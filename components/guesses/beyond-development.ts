import { posix } from "node:path";
import { isRemoteContext } from "../compose-spec/build.ts";
import { own } from "../compose-spec/own.ts";
import type { Mount } from "../compose-spec/mount.ts";
import type { Service } from "../compose-spec/service.ts";
import { inService, warning, type Finding } from "../findings/finding.ts";
import type { Model } from "../model/model.ts";

/** What is usual where people develop, and likely to be wrong anywhere else. */
export function beyondDevelopment(model: Model): Finding[] {
  return Object.entries(model.services).flatMap(([name, service]) =>
    [...unchecked(name, service, model), ...writableSources(service)].map((finding) =>
      inService(name, finding),
    ),
  );
}

/** Others wait until the service has started, and nobody can tell when it is ready. */
function unchecked(name: string, { healthcheck }: Service, model: Model): Finding[] {
  const waiting = Object.entries(model.services).filter(
    ([, { depends_on = {} }]) => own(depends_on, name)?.condition === "service_started",
  );
  if (healthcheck !== undefined || waiting.length === 0) return [];
  const others = waiting.map(([other]) => other).join(", ");
  return [
    warning("unchecked-dependency", {
      path: "",
      message: `${others} may come up before \`${name}\` is ready: \`${name}\` defines no health check`,
      fix: `give \`${name}\` a healthcheck, and let the others wait with \`condition: service_healthy\``,
    }),
  ];
}

/** Folders of a build's context that hold what is built, as people name them. */
const sourceFolders = ["app", "lib", "source", "sources", "src"];

/** The container may change the source that its image is built from. */
function writableSources({ build, volumes = [] }: Service): Finding[] {
  const { context = "." } = build ?? {};
  if (build === undefined || isRemoteContext(context)) return [];
  return volumes.flatMap((mount, index) =>
    isWritable(mount) && holdsSource(mount.source ?? "", context)
      ? [
          warning("writable-source", {
            path: `volumes.${index}`,
            message: `the container may change its own source, \`${mount.source ?? ""}\``,
            fix: "mount the source read-only (`:ro`), or leave the mount out: the image has the source",
          }),
        ]
      : [],
  );
}

function isWritable({ type, read_only: readOnly = false }: Mount): boolean {
  return type === "bind" && !readOnly;
}

function holdsSource(source: string, context: string): boolean {
  const path = posix.relative(posix.normalize(context), posix.normalize(source));
  // The context itself, or a folder around it.
  if (/^(?:\.\.(?:\/|$))*$/.test(path)) return source !== "/" && !posix.isAbsolute(path);
  return !path.startsWith("..") && sourceFolders.includes(posix.basename(path));
}
