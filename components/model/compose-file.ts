import { resolve } from "node:path";
import { withFolders } from "../compose-spec/build.ts";
import type { Definitions, File } from "../compose-spec/definitions.ts";
import { seccompProfile, type Service } from "../compose-spec/service.ts";
import type { Model } from "./model.ts";
import { variableOf } from "./secret.ts";

/** A stack in Compose's own keys, as `docker compose -f -` takes it. */
export interface ComposeFile extends Definitions {
  /** Compose project name. */
  readonly name: string;
}

/** A whole project in Compose's keys. */
export type Parts = Required<Pick<Definitions, "services" | "networks" | "volumes" | "configs" | "secrets">>;

/**
 * Writes a model down as one Compose file. Secrets are variables (`${DB_PASSWORD}`), every other dollar is doubled, and
 * paths are absolute.
 *
 * @param directory Absolute path of the folder that relative paths of the model count from.
 */
export function composeFileOf(
  model: Model,
  { project, directory }: { readonly project: string; readonly directory: string },
): ComposeFile {
  const parts = absoluteParts(model, directory);
  const secrets = mapValues(parts.secrets, (file) => fromVariable(file, model));
  return written(project, { ...parts, secrets }, (text) =>
    text.replace(/\$(?:\{([A-Za-z]\w*)\})?/g, (whole, name: string | undefined) =>
      name !== undefined && model.secrets.includes(name) ? `\${${variableOf(name)}}` : `$${whole}`,
    ),
  );
}

/** The parts of a model, with absolute paths. */
export function absoluteParts(model: Model, directory: string): Parts {
  const within = (path: string) => resolve(directory, path);
  return {
    services: mapValues(model.services, (service) => consistent(absolute(service, within))),
    networks: model.networks,
    volumes: model.volumes,
    configs: mapValues(model.configs, (file) => absoluteFile(file, within)),
    secrets: mapValues(model.secretFiles, (file) => absoluteFile(file, within)),
  };
}

/**
 * A file without parts that are empty.
 *
 * @param write Writes a text so that Compose reads the text back.
 */
export function written(project: string, parts: Parts, write: (text: string) => string): ComposeFile {
  const filled = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
  return { name: project, ...(everyText(Object.fromEntries(filled), write) as Definitions) };
}

function absolute(service: Service, within: (path: string) => string): Service {
  const { build, volumes, security_opt } = service;
  return {
    ...service,
    ...(security_opt === undefined
      ? {}
      : {
          security_opt: security_opt.map((option) => {
            const profile = seccompProfile(option);
            return profile === undefined ? option : option.replace(profile, () => within(profile));
          }),
        }),
    ...(build === undefined ? {} : { build: withFolders(build, within) }),
    ...(volumes === undefined
      ? {}
      : {
          volumes: volumes.map((mount) =>
            mount.type === "bind" && mount.source !== undefined
              ? { ...mount, source: within(mount.source) }
              : mount,
          ),
        }),
  };
}

/**
 * Compose 2.26 refuses a limit that stands beside limits of `deploy` and not among them, as where stack config and a file
 * each have one.
 */
function consistent(service: Service): Service {
  const { deploy, cpus, mem_limit: memory, pids_limit: pids, mem_reservation: reserved } = service;
  const { limits, reservations } = deploy?.resources ?? {};
  return {
    ...service,
    ...(deploy === undefined || (limits ?? reservations) === undefined
      ? {}
      : {
          deploy: {
            ...deploy,
            resources: {
              ...deploy.resources,
              ...(limits && { limits: { ...defined({ cpus, memory, pids }), ...limits } }),
              ...(reservations && { reservations: { ...defined({ memory: reserved }), ...reservations } }),
            },
          },
        }),
  };
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

function absoluteFile(file: File, within: (path: string) => string): File {
  return file.file === undefined ? file : { ...file, file: within(file.file) };
}

/** Compose has no `content` for secrets: a secret whose content is one variable is read from the variable. */
function fromVariable({ content, ...file }: File, { secrets }: Model): File {
  if (content === undefined) return file;
  const secret = secrets.find((name) => content === `\${${name}}`);
  return secret === undefined ? { ...file, content } : { ...file, environment: variableOf(secret) };
}

function everyText(value: unknown, write: (text: string) => string): unknown {
  if (typeof value === "string") return write(value);
  if (Array.isArray(value)) return value.map((entry) => everyText(entry, write));
  if (typeof value !== "object" || value === null) return value;
  return mapValues(value as Record<string, unknown>, (entry) => everyText(entry, write));
}

export function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
