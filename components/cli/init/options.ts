import { suggestion } from "../../findings/nearest.ts";
import { NeedsAttention } from "../needs-attention.ts";
import type { Folder } from "./folder.ts";
import type { Terminal } from "./terminal.ts";

/** For an option that is given once for each value. */
export function collected(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/**
 * The profiles of a stack: those that are named, else those that a person chooses.
 *
 * @throws NeedsAttention for a profile that no service has.
 */
export async function chooseProfiles(
  { profiles: known }: Folder,
  named: readonly string[],
  stack: string,
  terminal: Terminal | undefined,
): Promise<readonly string[]> {
  const asks = named.length === 0 && known.length > 0 && terminal !== undefined;
  const chosen = asks
    ? (await terminal.text(`Profiles of the stack ${stack} (${known.join(", ")}), empty for none`, ""))
        .split(/[\s,]+/)
        .filter((word) => word !== "")
    : named;
  const unknown = chosen.find((profile) => !known.includes(profile));
  if (unknown === undefined) return chosen;
  throw new NeedsAttention(
    `no service has the profile ${unknown}`,
    known.length === 0 ? "Leave --profile out: no service has a profile." : suggestion(unknown, known),
  );
}
