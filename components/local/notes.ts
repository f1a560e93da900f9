import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What an `up` notes for the next preview: in `.state` of the program's folder, a file a kind and a project. */
export type Notes<Note> = Readonly<Record<string, Note>>;

/**
 * Notes by service; none where nothing was noted.
 *
 * @param directory Absolute path of the program's folder. Default: the present folder, where Pulumi runs the program.
 */
export function readNotes<Note>(kind: string, project: string, directory = process.cwd()): Notes<Note> {
  try {
    return JSON.parse(readFileSync(fileOf(kind, project, directory), "utf8")) as Notes<Note>;
  } catch {
    return {};
  }
}

/** Adds notes to those that are there. */
export function addNotes<Note>(kind: string, project: string, notes: Notes<Note>): void {
  writeNotes(kind, project, { ...readNotes<Note>(kind, project), ...notes });
}

/** Notes in place of those that are there. */
export function writeNotes<Note>(
  kind: string,
  project: string,
  notes: Notes<Note>,
  directory = process.cwd(),
): void {
  const file = fileOf(kind, project, directory);
  mkdirSync(dirname(file), { recursive: true });
  // Renamed into place, so that a killed program leaves no half of the file.
  writeFileSync(`${file}.new`, JSON.stringify(notes));
  renameSync(`${file}.new`, file);
}

function fileOf(kind: string, project: string, directory: string): string {
  return join(directory, ".state", kind, `${project}.json`);
}
