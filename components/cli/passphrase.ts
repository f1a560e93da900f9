import { existsSync, readFileSync } from "node:fs";
import { load } from "js-yaml";
import { openerOf } from "../local/locked-text.ts";
import { readNotes, writeNotes } from "../local/notes.ts";
import { givenPassphrase } from "../local/passphrase.ts";
import { projectName } from "../plan/project-name.ts";
import type { Target } from "./target.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { shown } from "./program.ts";
import { stackFileOf } from "./stack-setting.ts";

/** Refuses a passphrase that is missing, or is not the stack's. */
export async function needPassphrase(target: Target): Promise<void> {
  const salt = saltOf(target);
  if (salt === undefined) return;
  const { PULUMI_CONFIG_PASSPHRASE: given, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  const { stack } = target;
  const set = `export PULUMI_CONFIG_PASSPHRASE=… (or PULUMI_CONFIG_PASSPHRASE_FILE=<file with the passphrase>)`;
  if (given === undefined && file && !existsSync(file)) {
    throw new NeedsAttention(
      `the passphrase of the stack ${stack} cannot be read: there is no file ${shown(file)} (PULUMI_CONFIG_PASSPHRASE_FILE)`,
      "Correct the path, or make the file.",
    );
  }
  const passphrase = givenPassphrase() ?? "";
  if (passphrase === "" ? await takesEmptyPassphrase(target) : await fits(passphrase, salt)) return;
  if (given === undefined && !file) {
    throw new NeedsAttention(`the stack ${stack} has a passphrase, and it is not set`, `Set it: ${set}`);
  }
  const from = given === undefined ? "PULUMI_CONFIG_PASSPHRASE_FILE" : "PULUMI_CONFIG_PASSPHRASE";
  throw new NeedsAttention(
    `${from} is not the passphrase of the stack ${stack}`,
    passphrase !== "" && (await takesEmptyPassphrase(target))
      ? `This stack's passphrase is the empty one: unset ${from}`
      : `Set this stack's own: ${set}`,
  );
}

/**
 * Whether the empty passphrase is the stack's, or may still become so. That the empty passphrase fits is no secret, and is
 * noted: to find out takes half a second.
 */
export async function takesEmptyPassphrase({ program, stack }: Target): Promise<boolean> {
  const salt = saltOf({ program, stack });
  if (salt === undefined) return true;
  const project = projectName(program.name, stack);
  const noted = readNotes<string>("empty-passphrase", project, program.directory);
  if (noted.salt === salt) return true;
  if (!(await fits("", salt))) return false;
  writeNotes("empty-passphrase", project, { salt }, program.directory);
  return true;
}

/** Pulumi notes it in the stack's file; a stack whose secrets a key service keeps has none. */
function saltOf(target: Target): string | undefined {
  const file = stackFileOf(target);
  if (file === undefined) return undefined;
  const { encryptionsalt, secretsprovider } = (load(readFileSync(file, "utf8")) ?? {}) as {
    encryptionsalt?: string;
    secretsprovider?: string;
  };
  const isByPassphrase = secretsprovider === undefined || secretsprovider === "passphrase";
  return isByPassphrase ? encryptionsalt : undefined;
}

/** Whether a passphrase is the stack's. Of a form that is not known, Pulumi itself is asked. */
async function fits(passphrase: string, encryptionSalt: string): Promise<boolean> {
  return !encryptionSalt.startsWith("v1:") || (await openerOf(passphrase, encryptionSalt)) !== undefined;
}
