import { engine } from "./engine.ts";
import { ignore } from "./inventory.ts";
import { archiveOfFiles } from "./tar.ts";

/**
 * Has the engine make directories on its own machine where they are missing. The engine makes them for mounts of the old
 * form as soon as somebody puts files into a container that has the mounts: here none, into one that is never started.
 *
 * @param paths Absolute paths on the engine's machine.
 * @param by Name of the container, and any image that the engine has. What an earlier try has left of it is removed.
 */
export async function makeDirectories(
  paths: readonly string[],
  by: { readonly name: string; readonly image: string },
): Promise<void> {
  await engine.getContainer(by.name).remove({ force: true, v: true }).catch(ignore(404));
  const container = await engine.createContainer({
    name: by.name,
    Image: by.image,
    Cmd: ["-"],
    HostConfig: { Binds: paths.map((path, index) => `${path}:/${index}`) },
  });
  try {
    await container.putArchive(archiveOfFiles([]), { path: "/" });
  } finally {
    await container.remove({ force: true, v: true });
  }
}
