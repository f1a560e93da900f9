import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { seccompProfile } from "../compose-spec/service.ts";
import type { Model } from "../model/model.ts";

/**
 * The seccomp profiles that a stack's services name in `security_opt`, by their path: the engine wants the content.
 *
 * @param directory Absolute path that relative ones count from.
 */
export function securityProfiles(model: Model, directory: string): Record<string, string> {
  const paths = Object.values(model.services).flatMap(({ security_opt = [] }) =>
    security_opt.map(seccompProfile).filter((path) => path !== undefined),
  );
  return Object.fromEntries(
    paths.flatMap((path) => {
      const profile = resolve(directory, path);
      // One that lies outside of the project was not looked for before.
      return existsSync(profile) ? [[path, compact(readFileSync(profile, "utf8"))]] : [];
    }),
  );
}

/** As the engine keeps it; what is no JSON is the engine's to refuse. */
function compact(profile: string): string {
  try {
    return JSON.stringify(JSON.parse(profile));
  } catch {
    return profile;
  }
}
