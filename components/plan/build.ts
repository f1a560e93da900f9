import { relative, resolve } from "node:path";
import { isRemoteContext, type Build } from "../compose-spec/build.ts";
import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";
import { revisionOf } from "./revision.ts";

/** What the provider has to be told of a build beside its definition; paths are relative to the program's folder. */
export interface BuildPlan {
  readonly context: string;
  /** URL of the context that the engine gets in place of `context`. */
  readonly remoteContext?: string;
  /** Path of the Dockerfile relative to `context`, where it is not the definition's own. */
  readonly dockerfile?: string;
  /** Files that steps of the build mount, by the names that the Dockerfile has for them. */
  readonly secrets?: readonly { readonly id: string; readonly src: string }[];
}

/** What is known of a stack's builds beyond their definitions. */
export interface BuildOptions {
  /** Compose project name. */
  readonly project: string;
  /** Absolute path of the project; kept out of revisions. */
  readonly directory: string;
  /** Absolute path of the program's folder, in which the provider runs. Build contexts are relative to that folder. */
  readonly program: string;
  /** Hash of a service's build context, by service; read from the file system beforehand. */
  readonly buildHashes: Readonly<Record<string, string>>;
  /** Where the provider finds what builds have elsewhere; written beforehand. Default: no build has. */
  readonly buildFiles?: BuildFiles;
}

/** Files and folders of this machine in which the provider finds what builds have elsewhere. */
export interface BuildFiles {
  /** Absolute path of a folder to name in place of a context that the engine gets from a URL. */
  readonly remoteContext: string;
  /** Absolute paths of the Dockerfiles whose texts definitions have, by service. */
  readonly dockerfiles: Readonly<Record<string, string>>;
}

/**
 * A built image's tag changes with what it is built from, and with anything else that is said of the build: an image
 * that is built anew needs a new tag, because the engine does not remove the old image while a container runs the same
 * tag. The tag belongs to this service alone, also where the service names an image: the image goes with the service.
 *
 * @param service With its paths as the provider gets them.
 */
export function imageNamed(name: string, service: Service, { project, buildHashes }: BuildOptions): string {
  const { image = `${project}-${name}`, build, platform } = service;
  if (build === undefined) return image;
  const hash = revisionOf([buildHashes[name], build, platform, project, name]).slice(0, 12);
  // A reference has a tag where a colon stands behind its last slash; before that it is a registry's port.
  return /:[^/]*$/.test(image) ? `${image}-${hash}` : `${image}:${hash}`;
}

/** @param build With its paths as the provider gets them. */
export function buildPlanOf(name: string, build: Build, model: Model, options: BuildOptions): BuildPlan {
  return { ...placesOf(name, build, options), ...secretsOf(build, model, options) };
}

function placesOf(
  name: string,
  { context = "." }: Build,
  { program, buildFiles }: BuildOptions,
): Omit<BuildPlan, "secrets"> {
  if (buildFiles === undefined) return { context };
  if (isRemoteContext(context))
    return { context: relative(program, buildFiles.remoteContext), remoteContext: context };
  const file = own(buildFiles.dockerfiles, name);
  if (file === undefined) return { context };
  return { context, dockerfile: relative(resolve(program, context), file) };
}

/** Their paths are relative, so that an image stays the same wherever the checkout lies. */
function secretsOf(
  { secrets = [] }: Build,
  { secretFiles }: Model,
  { program, directory }: BuildOptions,
): Pick<BuildPlan, "secrets"> {
  const files = secrets.flatMap(({ source, target: id = source }) => {
    const file = own(secretFiles, source)?.file;
    return file === undefined ? [] : [{ id, src: relative(program, resolve(directory, file)) }];
  });
  return files.length === 0 ? {} : { secrets: files };
}
