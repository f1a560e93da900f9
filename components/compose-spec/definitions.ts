import { z } from "zod";
import { serviceSchema } from "./service.ts";
import { orShort } from "./short-form.ts";
import { extensible, keys, labels, mapping, scalar, text, withoutUnset } from "./values.ts";
import { own } from "./own.ts";

/**
 * The top level of a Compose file (https://github.com/compose-spec/compose-spec/blob/main/03-compose-file.md), in the
 * canonical form. Like a service it is read strictly and has no defaults.
 */

/** Compose prints a key that has no attributes as `null` or `{}`. */
const attributes = <Shape extends z.ZodRawShape>(
  shape: Shape,
  read: (value: unknown) => unknown = (value) => value,
) => orShort(z.strictObject(shape).partial(), z.null(), (value) => read(withoutUnset(value ?? {})));

/** Every network has IPv4, which need not be said. */
function withoutIpv4(network: unknown): unknown {
  if (typeof network !== "object" || network === null || !("enable_ipv4" in network)) return network;
  const { enable_ipv4: has, ...others } = network;
  return has === true ? others : network;
}

const subnet = keys({
  /** Addresses of the network, such as `10.5.0.0/16`. */
  subnet: text.optional(),
  /** Address of the host on the network. */
  gateway: text.optional(),
  /** Addresses that Docker gives to containers. */
  ip_range: text.optional(),
  /** Addresses that Docker does not give to containers, by name. */
  aux_addresses: labels.optional(),
});

const networkSchema = attributes(
  {
    /** Name on the engine; default `<project>_<key>`. */
    name: text,
    /** Driver of the network; default `bridge`. */
    driver: text,
    /** Options of the driver. */
    driver_opts: z.record(z.string(), scalar),
    /** Whether the network has no way out of the host. */
    internal: z.boolean(),
    /** Whether the network exists already, made by somebody else. */
    external: z.boolean(),
    /** Whether containers of other projects may join. */
    attachable: z.boolean(),
    /** Whether the network has IPv6. */
    enable_ipv6: z.boolean(),
    /** Labels of the network. */
    labels,
    /** Addresses of the network. */
    ipam: mapping(
      z.strictObject({
        /** Driver that gives out the addresses. */
        driver: text.optional(),
        /** Subnets of the network. */
        config: z.array(subnet).optional(),
        /** Options of the driver. */
        options: labels.optional(),
      }),
    ),
  },
  withoutIpv4,
);

const volumeSchema = attributes({
  /** Name on the engine; default `<project>_<key>`. */
  name: text,
  /** Driver of the volume; default `local`. */
  driver: text,
  /** Options of the driver. A volume that exists keeps the options that it was made with. */
  driver_opts: z.record(z.string(), scalar),
  /** Whether the volume exists already, made by somebody else. */
  external: z.boolean(),
  /** Labels of the volume. */
  labels,
});

/** A config or a secret: a file that services get into their containers. */
const fileSchema = attributes({
  /** Name of the config or secret; of use in a cluster only. */
  name: text,
  /** File on the host, relative to the project; it is mounted read-only. */
  file: text,
  /** Content of the file. */
  content: text,
  /** Variable that has the content. */
  environment: text,
  /** Whether the swarm has the config or secret already, made by somebody else. Refused on one engine, which has none. */
  external: z.boolean(),
  /** Labels of the config or secret; of use in a cluster only. */
  labels,
});

/** The parts of a project, which stack config has as keys of its own. */
export const partsSchema = z
  .strictObject({
    /** Services by their name. */
    services: z.record(z.string(), serviceSchema),
    /** Networks that services join, by their key. */
    networks: z.record(z.string(), networkSchema),
    /** Named volumes that services mount, by their key. */
    volumes: z.record(z.string(), volumeSchema),
    /** Configs that services get as files, by their key. */
    configs: z.record(z.string(), fileSchema),
    /** Secrets that services get as files, by their key. */
    secrets: z.record(z.string(), fileSchema),
  })
  .partial();

export const definitionsSchema = extensible(partsSchema);

export type Network = z.infer<typeof networkSchema>;
export type Volume = z.infer<typeof volumeSchema>;
export type File = z.infer<typeof fileSchema>;
/** A whole Compose project or a part of one: several are laid over each other. */
export type Definitions = z.infer<typeof definitionsSchema>;
/** Definitions as people write them: in the canonical form or in Compose's short forms. */
export type DefinitionsInput = z.input<typeof definitionsSchema>;

/**
 * Puts the values of variables in place of their names in configs and secrets (`environment: DB_PASSWORD`).
 *
 * @param variables What the project's files are interpolated with; secrets among them as placeholders.
 * @returns The project; a file whose variable is not set keeps its name, for the checks to find.
 */
export function withVariables(
  definitions: Definitions,
  variables: Readonly<Record<string, string | undefined>>,
): Definitions {
  const filled = (files: Readonly<Record<string, File>> = {}) =>
    Object.fromEntries(
      Object.entries(files).map(([name, { environment, ...file }]) => {
        const content = environment === undefined ? undefined : own(variables, environment);
        if (content !== undefined) return [name, { ...file, content }];
        return [name, environment === undefined ? file : { ...file, environment }];
      }),
    );
  return {
    ...definitions,
    ...(definitions.configs === undefined ? {} : { configs: filled(definitions.configs) }),
    ...(definitions.secrets === undefined ? {} : { secrets: filled(definitions.secrets) }),
  };
}
