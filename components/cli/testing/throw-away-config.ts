import { definitionsSchema, type Definitions } from "../../compose-spec/definitions.ts";
import type { Port } from "../../compose-spec/port.ts";
import type { ComposeFile } from "../../model/compose-file.ts";
import { overlay } from "../../model/overlay.ts";

/** Stack config by its keys, without the program's name before them. */
export type Config = Readonly<Record<string, unknown>>;

/** The config of a throw-away stack: the other stack's, and nothing outlives `destroy`. */
export function throwAwayConfig(base: Config): Config {
  return { ...base, keepVolumes: false };
}

/**
 * Keeps a throw-away stack apart from every other stack on the engine: the engine chooses the host ports, and what has a
 * name that other stacks would have too gets another name.
 *
 * @param projects What the stack comes to with this config.
 */
export function setApart(config: Config, stack: string, projects: readonly ComposeFile[]): Config {
  const { services = {}, networks = {}, volumes = {} } = config;
  const own = definitionsSchema.parse({ services, networks, volumes });
  return { ...config, ...projects.reduce((laid, project) => overlay(laid, apart(project, stack)), own) };
}

function apart(project: ComposeFile, stack: string): Definitions {
  // A name that follows from the stack's is this stack's alone.
  const another = (name: string | undefined) =>
    name === undefined || name.startsWith(project.name) ? undefined : `${name}-${stack}`;
  const renamed = (parts: Definitions["volumes"] | Definitions["networks"]) =>
    changed(parts, ({ name, external }) => {
      const other = external === true ? undefined : another(name);
      return other === undefined ? undefined : { name: other };
    });
  return {
    services: changed(project.services, ({ container_name, ports = [] }) => {
      const name = another(container_name);
      const isFixed = ports.some(({ published }) => published !== undefined);
      return name === undefined && !isFixed
        ? undefined
        : {
            ...(name === undefined ? {} : { container_name: name }),
            ...(isFixed ? { ports: chosenByEngine(ports) } : {}),
          };
    }),
    volumes: renamed(project.volumes),
    networks: renamed(project.networks),
  };
}

/** Two host ports of one container port become one. */
function chosenByEngine(ports: readonly Port[]): Port[] {
  const open = ports.map((port) => JSON.stringify({ ...port, published: undefined }));
  return [...new Set(open)].map((port) => JSON.parse(port) as Port);
}

/** The changes of those entries that have one. */
function changed<Entry, Change>(
  entries: Readonly<Record<string, Entry>> | undefined = {},
  change: (entry: Entry) => Change | undefined,
): Record<string, Change> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, entry]): [string, Change][] => {
      const made = change(entry);
      return made === undefined ? [] : [[key, made]];
    }),
  );
}
