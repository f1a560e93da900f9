import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The variable by which a command tells the program, which Pulumi runs, what is wanted. */
const variable = "PULUMI_COMPOSE_ASKED";

/** What a command wants of the program. */
export interface Asked {
  /** Where the program answers. Default: no answer is wanted. */
  readonly answers?: Answers;
  /** Whether the answers are to be what `up` would change, and what was found. Default: false. */
  readonly changes?: boolean;
  /** File of what the changes are to be compared with. Default: with the stack's state. */
  readonly against?: string;
  /** The service of which a one-off is wanted. Default: none. */
  readonly oneOff?: string;
  /** Whether a file is wanted by which Compose builds and pulls the images. */
  readonly images?: boolean;
  /** Whether the values of all secrets are wanted, by a command that must not show them. */
  readonly secrets?: boolean;
  /** Whether a command only asks how volumes are made: it restores one, of which a restore may have been killed before. */
  readonly restores?: boolean;
  /** Profiles that are wanted beside those of the stack. Default: none. */
  readonly profiles?: readonly string[];
  /** How many containers may start at a time. Default: as many as the engine's machine can start. */
  readonly parallel?: number;
  /** The services that an update is limited to, beside what they depend on. Default: all. */
  readonly services?: readonly string[];
  /** The update whose definitions are to be brought up again, and the file that has them. Default: the program's own. */
  readonly rollback?: Rollback;
  /** What the stack's state says of the services, for those that the update leaves alone. */
  readonly before?: Before;
}

/** An earlier update that is brought up again. */
export interface Rollback {
  /** Compose project name. Other projects of the program stay as it defines them. */
  readonly project: string;
  /** Its number in the stack's history. */
  readonly number: number;
  /** Absolute path of a file with its definitions, as JSON. */
  readonly file: string;
}

/** What components of this package have registered in a stack's state. */
export interface Before {
  /** Outputs of a `Service`, by its name. */
  readonly services: Readonly<Record<string, object>>;
  /** Routes of the gateway, each in a line, by the route's name. */
  readonly routes: Readonly<Record<string, string>>;
  /** Addresses through the gateway, by service. */
  readonly urls: Readonly<Record<string, string | null>>;
  /** Names of volumes on the engine, by their keys. */
  readonly volumes: Readonly<Record<string, string>>;
}

/** A file of answers, a line a project. An answer may hold secrets, so that only who has the key reads the file. */
interface Answers {
  readonly file: string;
  /** 32 bytes, as hexadecimal digits. */
  readonly key: string;
}

/** What is wanted of the program. */
export function asked(): Asked {
  return JSON.parse(process.env[variable] ?? "{}") as Asked;
}

/** The rollback that is wanted of a project. */
export function wantedRollback(project: string): Rollback | undefined {
  const { rollback } = asked();
  return rollback?.project === project ? rollback : undefined;
}

/** What was there before an update that is limited to some services. */
export function before(): Before {
  return asked().before ?? { services: {}, routes: {}, urls: {}, volumes: {} };
}

/** The environment that tells a program what is wanted. */
export function asking(wanted: Asked): Record<string, string> {
  return { [variable]: JSON.stringify(wanted) };
}

/**
 * Works with a place for answers, which has a key that nobody else has.
 *
 * @param work Gets the folder of the place, too, which is removed at the end.
 */
export async function withAnswers<Result>(
  work: (answers: Answers, folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-compose-"));
  try {
    return await work({ file: join(folder, "answers"), key: randomBytes(32).toString("hex") }, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Answers the command that runs the program; does nothing where no answer is wanted. */
export function answer(project: object): void {
  const { answers } = asked();
  if (answers === undefined) return;
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(answers.key, "hex"), nonce);
  const sealed = [nonce, cipher.update(JSON.stringify(project)), cipher.final(), cipher.getAuthTag()];
  appendFileSync(answers.file, `${Buffer.concat(sealed).toString("base64")}\n`, { mode: 0o600 });
}

/** The projects of a program, in the order in which the program answered. */
export function readAnswers({ file, key }: Answers): unknown[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const sealed = Buffer.from(line, "base64");
    const decipher = createDecipheriv("aes-256-gcm", Buffer.from(key, "hex"), sealed.subarray(0, 12));
    decipher.setAuthTag(sealed.subarray(-16));
    const text = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
    return JSON.parse(text.toString()) as unknown;
  });
}
