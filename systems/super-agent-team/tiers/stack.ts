import type { z } from "zod";
import type { ComposeTier } from "pulumi-compose";
import type { StackConfig } from "pulumi-compose";
import type { TierDefinition } from "pulumi-compose";
import type { settings } from "../settings.ts";
import { foundation, foundationEnvironment } from "./foundation.ts";
import { gateway } from "./gateway.ts";
import { infra, infraEnvironment } from "./infra.ts";

export type StackArgs = z.infer<typeof settings> &
  Pick<StackConfig, "project" | "target"> & {
    /** Absolute path of the host directory of the route files. */
    readonly routesDirectory: string;
  };

/** The tiers of Super Agent Team, in the order in which they are shown. */
export function tiers(args: StackArgs): readonly (TierDefinition | ComposeTier)[] {
  const { project, logLevel, maxBodyBytes, generatedFile } = args;
  const database = { user: args.dbUser, name: args.dbName };
  return [
    { name: "infra", definitions: infra({ project, database }) },
    { name: "foundation", definitions: foundation({ project, logLevel, maxBodyBytes }) },
    { name: "gateway", definitions: gateway(args) },
    {
      name: "generated",
      files: generatedFile === "" ? [] : [generatedFile],
      environment: {
        ...infraEnvironment(database),
        ...foundationEnvironment,
        LOG_LEVEL: logLevel,
        ...(maxBodyBytes === undefined ? {} : { MAX_BODY_BYTES: String(maxBodyBytes) }),
      },
    },
  ];
}
