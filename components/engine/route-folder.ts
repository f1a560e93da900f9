import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RouteFolder } from "./route-files.ts";

/** A folder of this machine, which the gateway mounts. */
export function routesInFolder(directory: string): RouteFolder {
  return {
    list: () => readdir(directory).catch(() => []),
    read: (file) => readFile(join(directory, file), "utf8").catch(() => ""),
    /** Traefik would read a file that is written in place when it is half written, and answer 404 until the rest is there. */
    async write(file, text) {
      const path = join(directory, file);
      await mkdir(directory, { recursive: true });
      await writeFile(`${path}.new`, text);
      // Readable by all, because the gateway runs as root without root's right to read other users' files.
      await Promise.all([chmod(`${path}.new`, 0o644), chmod(directory, 0o755)]);
      await rename(`${path}.new`, path);
    },
    async remove(files) {
      await Promise.all(files.map((file) => rm(join(directory, file), { force: true })));
    },
  };
}
