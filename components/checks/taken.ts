import type { EngineContainer, EnginePart, HeldPort, Listener } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import { collide, heldBy } from "./names.ts";

/** What others on the engine's machine have already. */
export interface Others {
  /** Compose project of the stack, whose own containers are no others. */
  readonly project: string;
  readonly containers: readonly EngineContainer[];
  /** Who listens on these host ports, on the engine's machine, as far as it can be known from here. */
  readonly listenersOn: (ports: readonly number[]) => readonly Listener[];
}

/** Host ports that a container of another stack has, or a process. */
export function takenPorts(model: Model, { project, containers, listenersOn }: Others): Finding[] {
  const others = containers.filter((container) => container.project !== project);
  const wanted = Object.entries(model.services).flatMap(([name, service]) =>
    heldBy(service).map(({ index, held }) => ({
      service: name,
      path: `services.${name}.ports.${index}`,
      held,
    })),
  );
  const holderOf = (held: HeldPort, among: readonly EngineContainer[]) =>
    among.find(({ ports }) => ports.some((port) => collide(port, held)));
  // The engine itself listens on a port that a container holds.
  const unheld = new Set(wanted.filter(({ held }) => holderOf(held, containers) === undefined));
  const listening = unheld.size === 0 ? [] : listenersOn([...unheld].map(({ held }) => held.port));
  const listeners = listening.filter((listener) => !isEngine(listener, containers));
  return wanted.flatMap((entry) => {
    const { service, path, held } = entry;
    const container = holderOf(held, others);
    const listener = unheld.has(entry) ? listeners.find((other) => collide(openTo(other), held)) : undefined;
    const who =
      container === undefined ? listener && (listener.process() ?? "another process") : of(container);
    if (who === undefined) return [];
    const fix =
      "choose another host port, leave it out (Docker then chooses a free one), or stop what uses the port";
    return [
      mistake("port-taken", {
        service,
        path,
        message: `host port ${held.port} is already used by ${who}`,
        fix,
      }),
    ];
  });
}

/** Whether a process listens for a container, at the very address that this one has. */
function isEngine({ ip, port, protocol }: Listener, containers: readonly EngineContainer[]): boolean {
  return containers.some(({ ports }) =>
    ports.some((held) => held.ip === ip && held.port === port && held.protocol === protocol),
  );
}

/** A process that listens to IPv6 at large listens to IPv4 as well, unless it asked not to, which cannot be seen. */
function openTo({ ip, port, protocol }: Listener): HeldPort {
  return { ip: ip === "::" ? "" : ip, port, protocol };
}

/** Names that people gave to containers, of which the engine has one already. */
export function takenNames(model: Model, { project, containers }: Others): Finding[] {
  return Object.entries(model.services).flatMap(([service, { container_name: name }]) => {
    const other = containers.find((container) => container.name === name && container.project !== project);
    if (name === undefined || other === undefined) return [];
    const whose = other.project === undefined ? "a container of no stack" : `stack ${other.project}`;
    const message = `container name \`${name}\` is already used by ${whose}`;
    const fix = `remove the key, put the stack's name into it, or remove the other container (docker rm --force ${name})`;
    return [mistake("name-taken", { service, path: `services.${service}.container_name`, message, fix })];
  });
}

/**
 * Names that volumes and networks have on the engine, where they are another stack's. A volume that this stack has taken
 * over keeps the label of the one that made it.
 */
export function takenParts(
  model: Model,
  project: string,
  engine: {
    readonly networks: readonly EnginePart[];
    readonly volumes: readonly EnginePart[];
    readonly containers: readonly EngineContainer[];
  },
): Finding[] {
  const users = (volume: string) => engine.containers.filter(({ mounts }) => mounts.includes(volume));
  const isOurs = (volume: string) =>
    users(volume).length > 0 && users(volume).every((container) => container.project === project);
  return (["network", "volume"] as const).flatMap((kind) =>
    Object.entries(model[`${kind}s`]).flatMap(([key, { name, external }]) => {
      const other = engine[`${kind}s`].find((part) => part.name === name)?.project;
      if (name === undefined || external || other === undefined || other === project) return [];
      if (kind === "volume" && isOurs(name)) return [];
      const both =
        kind === "volume" ? ": both stacks would write to the same data, and either could remove it" : "";
      const message = `${kind} name \`${name}\` is already used by stack ${other}${both}`;
      const fix = `remove the key, or put the stack's name into it; to use the ${kind} of stack ${other} or to take it over, write ${kind}s.${key}.external: true`;
      return [mistake("name-taken", { path: `${kind}s.${key}.name`, message, fix })];
    }),
  );
}

/** Containers that Compose made under the project's name: the program cannot make containers of the same names. */
export function madeByCompose(model: Model, { project, containers }: Others): Finding[] {
  return Object.entries(model.services).flatMap(([service, { container_name: given }]) => {
    const container = containers.find(
      ({ byCompose = false, name, ...other }) =>
        byCompose &&
        other.project === project &&
        other.service === service &&
        // One of `docker compose run` has a name that nobody else wants.
        (name === given || /^-\d+$/.test(name.slice(`${project}-${service}`.length))),
    );
    if (container === undefined) return [];
    const message = `docker compose created the container \`${container.name}\` of this service, and the name is still taken`;
    const fix = `remove the container; its volumes stay: docker compose -p ${project} down`;
    return [mistake("container-made-by-compose", { service, path: `services.${service}`, message, fix })];
  });
}

function of({ name, project }: EngineContainer): string {
  return `container \`${name}\`${project === undefined ? "" : ` of stack ${project}`}`;
}
