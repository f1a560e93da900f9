import { z } from "zod";
import { partsSchema } from "./compose-spec/definitions.ts";
import { orShort } from "./compose-spec/short-form.ts";
import { wrongEngine } from "./engine/setting.ts";
import { keys, list, text } from "./compose-spec/values.ts";
import { silenceSchema } from "./findings/silence.ts";

/*
 * The keys that a stack's file, `Pulumi.<stack>.yaml`, has under a program's name. The file's JSON Schema is made from them.
 */

/** A setting that is true or false: Pulumi keeps every value as text. */
export const flag = orShort(
  z.stringbool({ truthy: ["true"], falsy: ["false"], error: "write true or false" }),
  z.boolean(),
  (value) => value,
);

/** What a stack lays over the definitions. */
const overrideSchema = z.object({
  /** Services of the stack, in the Compose keys: laid over the definitions as a Compose override file is. */
  services: partsSchema.shape.services,
  /** Networks of the stack, laid over the definitions. */
  networks: partsSchema.shape.networks,
  /** Volumes of the stack, laid over the definitions. */
  volumes: partsSchema.shape.volumes,
  /** Configs of the stack, files of its services, laid over the definitions. */
  configs: partsSchema.shape.configs,
  /** Secrets of the stack that its services get as files, laid over the definitions. */
  secrets: partsSchema.shape.secrets,
  /** What is taken away from the definitions first, as paths below `services`, such as `web.ports`. */
  reset: z.array(z.string()).optional(),
});

export const overrideKeys = Object.keys(overrideSchema.shape) as (keyof typeof overrideSchema.shape)[];

/** The other keys of every program. */
export const commonSchema = z.object({
  /** Compose profiles whose services are part of the stack. */
  profiles: z.array(z.string()).default([]),
  /** Variables that Compose files interpolate, over those of `.env` and of the environment. */
  environment: z
    .record(
      z.string(),
      z
        .union([z.string(), z.number(), z.boolean()], "write a text, a number, true or false")
        .transform(String),
    )
    .default({}),
  /** Warnings that are not told any more, each with the reason. */
  silence: silenceSchema.default([]),
  /** Whether data volumes outlive `destroy`; a later `up` takes them up again. Default true. */
  keepVolumes: flag.default(true),
  /**
   * The engine that the stack is on: `ssh://deploy@shop.example`, `tcp://…`, `unix://…`, or the name of a Docker context.
   * Default: the engine that the terminal's `docker` works on.
   */
  engine: z
    .string()
    .superRefine((setting, context) => {
      const message = wrongEngine(setting);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .optional(),
  /**
   * Logins by the registry's address, by which the engine of the key `engine` and the nodes of a swarm pull images, and
   * built images are pushed. The password is the placeholder of a secret:
   * `{ ghcr.io: { username: ada, password: "${registryPassword}" } }`. Default: none.
   */
  registryAuth: z.record(z.string(), z.strictObject({ username: text, password: text })).default({}),
  /** File in which the systems of a machine share out its host ports: absolute, `~/…` or relative to the project. */
  portRegistry: z.string().optional(),
  /** Where the stack runs: on one Docker engine (`engine`, the default), or on a Docker Swarm that is there (`swarm`). */
  target: z.enum(["engine", "swarm"]).default("engine"),
  /** The swarm of a stack whose target is one. */
  swarm: keys({
    /** Addresses of managers, such as `ssh://ada@manager-1`: the first that answers is asked. Default: Docker's own setting. */
    managers: list.optional(),
    /**
     * Addresses of the engines of other nodes that have volumes, such as `ssh://ada@db-1`: `backup` and `restore` work there.
     * Default: none.
     */
    nodes: list.optional(),
    /** Registry that images are pushed to, such as `registry.example:5000`; `http://…` for one without TLS. */
    registry: text.optional(),
  }).optional(),
});

/** The keys of a program that calls `composeProject`. */
export const composeProjectSchema = z.object({
  /** Compose files of this stack in place of the program's, later files over earlier ones. */
  files: z.array(z.string()).min(1, "name at least one file").optional(),
});

/** Every key that the package knows. */
export const stackKeysSchema = z.object({
  ...overrideSchema.shape,
  ...commonSchema.shape,
  ...composeProjectSchema.shape,
});

/** @public The JSON Schema takes the sentences of the keys from this type. */
export type StackKeys = z.infer<typeof stackKeysSchema>;
