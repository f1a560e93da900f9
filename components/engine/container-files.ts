import { posix } from "node:path";
import type { ContainerInspectInfo } from "dockerode";
import type { ContainerFile } from "../model/files.ts";
import { engine } from "./engine.ts";
import { archiveOfFiles } from "./tar.ts";

/** Puts files into the volumes of a container that has not been started yet. One that has been started has its files. */
export async function putFiles(
  { Id: id, State: { Status: status } }: ContainerInspectInfo,
  files: readonly ContainerFile[],
): Promise<void> {
  if (files.length === 0 || status !== "created") return;
  const folders = new Set(files.map(({ target }) => posix.dirname(target)));
  for (const folder of folders) {
    const inFolder = files.filter(({ target }) => posix.dirname(target) === folder);
    const archive = archiveOfFiles(
      inFolder.map(({ target, content, encoding, mode, uid, gid }) => ({
        name: posix.basename(target),
        content: Buffer.from(content, encoding ?? "utf8"),
        mode: Number.parseInt(mode, 8),
        uid: Number(uid ?? 0),
        gid: Number(gid ?? 0),
      })),
    );
    await engine.getContainer(id).putArchive(archive, { path: folder, copyUIDGID: "1" });
  }
}
