import type { WrittenFile } from "../compose-spec/written.ts";
import { warning, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";

/**
 * Profiles that are wanted and that no service has: of what is misspelt nothing comes up, and nobody says so.
 *
 * @param file Where profiles are chosen.
 */
export function unknownProfiles(
  wanted: readonly string[],
  files: readonly WrittenFile[],
  file: string | undefined,
): Finding[] {
  // Services of an included file are not seen here.
  if (files.some(({ includes }) => includes)) return [];
  const services = files.flatMap((written) => Object.values(written.services));
  const known = services.flatMap(({ profiles }) => (Array.isArray(profiles) ? profiles.map(String) : []));
  return [...new Set(wanted)].flatMap((profile) =>
    profile === "*" || known.includes(profile)
      ? []
      : [
          warning("unknown-profile", {
            ...(file === undefined ? {} : { file }),
            path: "profiles",
            message: `no service has the profile \`${profile}\``,
            fix: suggestion(profile, [...new Set(known)]),
          }),
        ],
  );
}

/**
 * The profiles of the services that files define and a stack does not have.
 *
 * @param services Names of the stack's services.
 */
export function profilesOfOthers(
  files: readonly WrittenFile[],
  services: readonly string[],
): Record<string, readonly string[]> {
  const others = files.flatMap((written) =>
    Object.entries(written.services).flatMap(([name, { profiles }]) =>
      Array.isArray(profiles) && profiles.length > 0 && !services.includes(name)
        ? [[name, profiles.map(String)] as const]
        : [],
    ),
  );
  return Object.fromEntries(others);
}
