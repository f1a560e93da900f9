import { resolve } from "node:path";
import type { Mount } from "../compose-spec/mount.ts";
import { own } from "../compose-spec/own.ts";
import { isOutside } from "../compose-spec/paths.ts";
import type { Service } from "../compose-spec/service.ts";
import { containerFiles, filesOf, type ContainerFile } from "./files.ts";
import type { Model } from "./model.ts";
import { secretOfFile } from "./swarm.ts";

/*
 * A stack on an engine that has none of this machine's files. What services read of the project reaches their containers
 * as content, and the routes of a gateway are in a volume.
 */

/** Key of the volume in which a gateway elsewhere finds its routes. */
export const routesVolume = "route-files";

/** A file of this machine, as a container elsewhere gets it. */
export interface FileContent {
  readonly text: string;
  /** Of a file that is no text. */
  readonly encoding?: "base64";
  /** Whether its owner may execute it; Git keeps no other part of a mode. */
  readonly isExecutable: boolean;
}

/** What was read of this machine for a stack elsewhere, by the paths that definitions have. */
export interface FilesHere {
  readonly contents: Readonly<Record<string, FileContent>>;
  /** The same of files that are secrets. No message and no hash has them. */
  readonly secretContents: Readonly<Record<string, FileContent>>;
  /** Files that are too large to be sent so. */
  readonly tooLarge: readonly string[];
}

/** Where the project is on this machine, and where it keeps routes there. */
export interface PlaceHere {
  /** Absolute path of the project. */
  readonly directory: string;
  /** Absolute path of the folder of the route files; absent where Traefik reads labels. */
  readonly routeFiles: string | undefined;
}

/** Whether a mount has what lies in the project's folder here; what lies outside of the project is the engine's machine's. */
export function isOfProject({ type, source }: Mount, { directory }: PlaceHere): boolean {
  return type === "bind" && source !== undefined && !isOutside(source, directory);
}

/** Whether a mount has the folder of the route files. */
export function hasRoutes({ type, source }: Mount, { directory, routeFiles }: PlaceHere): boolean {
  if (type !== "bind" || source === undefined || routeFiles === undefined) return false;
  return resolve(directory, source) === routeFiles;
}

/** Paths of the files that services read, as definitions have them. */
export function filesRead(
  model: Model,
  place: PlaceHere,
): { readonly files: readonly string[]; readonly secrets: readonly string[] } {
  const services = Object.values(model.services);
  const mounted = services.flatMap(({ volumes = [] }) =>
    volumes.flatMap((mount) =>
      isOfProject(mount, place) && !hasRoutes(mount, place) ? (mount.source ?? []) : [],
    ),
  );
  const named = (kind: "configs" | "secrets") =>
    services.flatMap((service) =>
      filesOf({ [kind]: service[kind] }, model).flatMap(({ file }) => file?.file ?? []),
    );
  return {
    files: [...new Set([...mounted, ...named("configs")])],
    secrets: [...new Set(named("secrets"))],
  };
}

/** What a service has of the project, as it is elsewhere: files with their content, and the rest of its mounts. */
export function elsewhere(
  service: Service,
  model: Model,
  here: FilesHere,
  place: PlaceHere,
): { readonly volumes: Mount[]; readonly files: readonly ContainerFile[] } {
  const { volumes = [], configs = [], secrets = [] } = service;
  const contentOf = (mount: Mount) =>
    isOfProject(mount, place) ? own(here.contents, mount.source ?? "") : undefined;
  const read = (kind: "configs" | "secrets") =>
    filesOf({ [kind]: kind === "configs" ? configs : secrets }, model).flatMap(({ reference, file }) => {
      const path = file?.file;
      if (path === undefined) return containerFiles([{ reference, file }]);
      const found = own(kind === "configs" ? here.contents : here.secretContents, path);
      if (found === undefined) return [];
      const text = kind === "configs" ? found.text : `\${${secretOfFile(path)}}`;
      return containerFiles([{ reference, file: { content: text } }]).map((put) => encoded(put, found));
    });
  return {
    volumes: volumes.flatMap((mount): readonly Mount[] => {
      // The engine puts files only where a container may write.
      if (hasRoutes(mount, place))
        return [{ type: "volume", source: routesVolume, target: mount.target, volume: { nocopy: true } }];
      return contentOf(mount) === undefined ? [mount] : [];
    }),
    files: [
      ...volumes.flatMap((mount) => {
        const found = contentOf(mount);
        if (found === undefined) return [];
        const mode = found.isExecutable ? "0555" : "0444";
        return [encoded({ target: mount.target, content: found.text, mode }, found)];
      }),
      ...read("configs"),
      ...read("secrets"),
    ],
  };
}

function encoded(file: ContainerFile, { encoding }: FileContent): ContainerFile {
  return encoding === undefined ? file : { ...file, encoding };
}

/** The secrets that stand in definitions for files of this machine, by their names. */
export function secretsOfFiles({ secretContents }: FilesHere): (readonly [name: string, text: string])[] {
  return Object.entries(secretContents).map(([path, { text }]) => [secretOfFile(path), text]);
}
