import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

/** Opens what Pulumi has locked with a passphrase: by AES-256-GCM with a key from a million rounds of PBKDF2. */
export interface Opener {
  /**
   * @param text `v1:<nonce>:<locked>`, as Pulumi writes a locked text.
   * @throws Error where the text was locked with another passphrase.
   */
  readonly open: (text: string) => string;
  /** By which another process of this command opens the same. */
  readonly key: Buffer;
}

/** Openers that this process has made, by passphrase and salt. */
const made = new Map<string, Promise<Opener | undefined>>();

/**
 * The key of a passphrase takes some 0.4 s, on another thread, and once in a process.
 *
 * @param encryptionSalt `v1:<salt>:v1:<nonce>:<locked>`, as Pulumi notes a stack's salt, with a text to try the passphrase on.
 * @returns `undefined` for a passphrase that is not the stack's, and for a form that is not known.
 */
export async function openerOf(passphrase: string, encryptionSalt: string): Promise<Opener | undefined> {
  const id = JSON.stringify([passphrase, encryptionSalt]);
  const opener = made.get(id) ?? makeOpener(passphrase, encryptionSalt);
  made.set(id, opener);
  return opener;
}

/** @param key Of an opener. */
export function openerBy(key: Buffer): Opener {
  return { key, open: (text) => opened(text, key) };
}

async function makeOpener(passphrase: string, encryptionSalt: string): Promise<Opener | undefined> {
  const [version, salt = "", ...trial] = encryptionSalt.split(":");
  if (version !== "v1") return undefined;
  const key = await promisify(pbkdf2)(passphrase, Buffer.from(salt, "base64"), 1_000_000, 32, "sha256");
  const opener = openerBy(key);
  try {
    opener.open(trial.join(":"));
    return opener;
  } catch {
    return undefined;
  }
}

function opened(text: string, key: Buffer): string {
  const [, nonce = "", locked = ""] = text.split(":");
  const bytes = Buffer.from(locked, "base64");
  const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  cipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([cipher.update(bytes.subarray(0, -16)), cipher.final()]).toString();
}
