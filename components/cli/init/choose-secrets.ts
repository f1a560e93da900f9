import { suggestion } from "../../findings/nearest.ts";
import { NeedsAttention } from "../needs-attention.ts";
import {
  knownVariables,
  proposedSecrets,
  readSecret,
  valueOf,
  type Folder,
  type SecretVariable,
} from "./folder.ts";
import { listed } from "./listed.ts";
import type { Terminal } from "./terminal.ts";

/** What a person has said about secrets. */
export interface SecretOptions {
  /** Variables that `--secret` names. */
  readonly secret: readonly string[];
  /** `false` by `--no-secrets`. */
  readonly secrets: boolean;
  /** Whether proposals are taken without a question. */
  readonly yes?: boolean;
}

/** The variables that become secrets: those that are named, else those that a person chooses, else the proposed ones. */
export async function chooseSecrets(
  folder: Folder,
  { secret: named, secrets: wanted, yes = false }: SecretOptions,
  terminal: Terminal | undefined,
): Promise<readonly SecretVariable[]> {
  const proposed = proposedSecrets(folder);
  const names = proposed.map(({ variable }) => variable);
  const chosen = named.length > 0 || !wanted ? named : await choose(names, yes, terminal);
  const inEnv = proposed
    .filter(({ variable, value = "" }) => value !== "" && !chosen.includes(variable))
    .map(({ variable }) => variable);
  if (inEnv.length > 0) {
    console.log(
      `${listed(inEnv)} ${inEnv.length === 1 ? "stays" : "stay"} in .env, and in clear in previews and in the state.`,
    );
  }
  const secrets: SecretVariable[] = [];
  for (const variable of chosen) secrets.push(await secretOf(variable, folder, terminal));
  return secrets;
}

async function choose(
  proposed: readonly string[],
  yes: boolean,
  terminal: Terminal | undefined,
): Promise<readonly string[]> {
  if (proposed.length === 0 || yes) return proposed;
  if (terminal === undefined) {
    throw new NeedsAttention(
      `${listed(proposed)} ${proposed.length === 1 ? "looks like a secret" : "look like secrets"}`,
      `Keep them encrypted: ${proposed.map((name) => `--secret ${name}`).join(" ")}. Or leave them in .env: --no-secrets`,
    );
  }
  console.log("The stack can keep secrets encrypted, with a passphrase that you choose.");
  const answer = await terminal.text("Variables to keep as secrets, - for none", proposed.join(" "));
  return answer === "-" ? [] : answer.split(/[\s,]+/);
}

/** @throws NeedsAttention for a variable that a stack cannot keep as a secret. */
async function secretOf(
  variable: string,
  folder: Folder,
  terminal: Terminal | undefined,
): Promise<SecretVariable> {
  const secret = readSecret(variable, valueOf(variable, folder), folder);
  if (secret === undefined) {
    throw new NeedsAttention(
      `${variable} cannot be a secret: Compose needs the value itself to read the files, or the name has small letters`,
      "Leave it out: a secret is a text that services get.",
    );
  }
  const { reach, value = "" } = secret;
  if (reach.refused.length > 0) {
    throw new NeedsAttention(
      `${variable} cannot be a secret: ${listed(reach.refused)} would show the value`,
      "Leave it out, or change the Compose file.",
    );
  }
  if (reach.services.length === 0) {
    const known = knownVariables(folder).filter((name) => name !== variable);
    throw new NeedsAttention(
      `${variable} reaches no service: no Compose file refers to \${${variable}}`,
      known.length === 0 ? "Leave it out." : suggestion(variable, known),
    );
  }
  if (value !== "") return secret;
  const typed = await terminal?.hidden(`The value of ${variable}, which is set nowhere`);
  if (typed !== undefined && typed !== "") return { ...secret, value: typed };
  throw new NeedsAttention(`${variable} has no value`, "Set it in .env or in the environment.");
}
