import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { isRemoteContext } from "../compose-spec/build.ts";
import { isOutside } from "../compose-spec/paths.ts";
import { absent } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import type { BuildFiles } from "../plan/build.ts";
import { programState } from "./program-state.ts";

/** Said of a path that is there for others, or behind a folder that is. */
export const unreadable = "cannot be read";

/** Why a path cannot be read as a directory or a file: words to stand behind the path. `undefined` where it can be read. */
export function whyUnread(path: string, kind: "directory" | "file"): string | undefined {
  try {
    const found = statSync(path);
    if (kind === "directory" ? !found.isDirectory() : !found.isFile()) return `is no ${kind}`;
    accessSync(path, kind === "directory" ? constants.R_OK | constants.X_OK : constants.R_OK);
    return undefined;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return ["ENOENT", "ENOTDIR"].includes(code) ? absent : unreadable;
  }
}

/**
 * Writes what the provider wants to find on this machine for builds that have it elsewhere: a Dockerfile whose text the
 * definition has, and a directory in place of a context that the engine gets by itself.
 *
 * @param project Compose project name.
 */
export function writeBuildFiles(model: Model, project: string): BuildFiles {
  const remoteContext = programState("remote-context");
  const dockerfiles: Record<string, string> = {};
  for (const [name, { build }] of Object.entries(model.services)) {
    if (build === undefined) continue;
    const { context = ".", dockerfile = "Dockerfile", dockerfile_inline: text } = build;
    if (isRemoteContext(context)) {
      // The provider looks for it there and does not send it.
      if (!isAbsolute(dockerfile) && !isOutside(dockerfile, remoteContext))
        write(join(remoteContext, dockerfile), "");
    } else if (text !== undefined) {
      const file = programState("dockerfiles", project, name);
      write(file, text);
      dockerfiles[name] = file;
    }
  }
  return { remoteContext, dockerfiles };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
