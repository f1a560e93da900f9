import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { filesRead, type FileContent, type FilesHere, type PlaceHere } from "../model/elsewhere.ts";
import type { Model } from "../model/model.ts";

/** Bytes of a file that is sent as content: the stack's state has the content, and is written again and again. */
const largestFile = 1024 ** 2;

/** Reads what services of a stack elsewhere have of this machine. A folder is no file, and what is missing is told by others. */
export function filesForElsewhere(model: Model, place: PlaceHere): FilesHere {
  const tooLarge: string[] = [];
  const read = (paths: readonly string[]): FilesHere["contents"] =>
    Object.fromEntries(
      paths.flatMap((path) => {
        const file = resolve(place.directory, path);
        const found = statSync(file, { throwIfNoEntry: false });
        if (found?.isFile() !== true) return [];
        if (found.size > largestFile) {
          tooLarge.push(path);
          return [];
        }
        return [[path, contentOf(readFileSync(file), (found.mode & 0o100) !== 0)]];
      }),
    );
  const { files, secrets } = filesRead(model, place);
  return { contents: read(files), secretContents: read(secrets), tooLarge };
}

function contentOf(bytes: Buffer, isExecutable: boolean): FileContent {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes)
    ? { text, isExecutable }
    : { text: bytes.toString("base64"), encoding: "base64", isExecutable };
}
