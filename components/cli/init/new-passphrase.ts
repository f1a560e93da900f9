import { givenPassphrase } from "../../local/passphrase.ts";
import { NeedsAttention } from "../needs-attention.ts";
import type { Terminal } from "./terminal.ts";

/** What a person has to type in every further terminal. */
export const exportPassphrase =
  "export PULUMI_CONFIG_PASSPHRASE=…   # what you have just typed; keep it with your passwords";

/**
 * Sees to it that Pulumi is given a passphrase for a new stack's secrets: the one that is set, else one that a person
 * types.
 *
 * @returns Whether a person has typed it.
 * @throws NeedsAttention for an empty one, and for none where nobody can be asked.
 */
export async function choosePassphrase(stack: string, terminal: Terminal | undefined): Promise<boolean> {
  const given = givenPassphrase();
  if (given !== undefined && given !== "") return false;
  if (terminal === undefined) {
    throw new NeedsAttention(
      given === undefined
        ? `the secrets of the stack ${stack} need a passphrase, and none is set`
        : `the secrets of the stack ${stack} need a passphrase, and the one that is set is empty: everybody knows it`,
      "Choose one: export PULUMI_CONFIG_PASSPHRASE=… Or leave the secrets out: --no-secrets",
    );
  }
  for (;;) {
    const typed = await terminal.hidden(`A passphrase for the secrets of the stack ${stack}`);
    if (typed === "") console.log("Everybody knows the empty passphrase. Choose another one.");
    else if ((await terminal.hidden("The same again")) !== typed) console.log("The two are different.");
    else {
      process.env.PULUMI_CONFIG_PASSPHRASE = typed;
      return true;
    }
  }
}
