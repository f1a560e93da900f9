import type { EngineContainer, EnginePart, HeldPort, Listener } from "../model/facts.ts";
import type { Model } from "../model/model.ts";
import { mistake, type Finding } from "../findings/finding.ts";
import { collide, heldBy } from "./names.ts";

/** What others on the engine's machine have already. */
export interface Others {
  /** Compose project of the stack, whose own containers are no others. */
  readonly project: string;
  readonly containers: readonly EngineContainer[];
  /** Who listens on these host ports, on the engine's machine; none where it is another one. */
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
  // Where a container holds the port, be it the stack's own, it is the engine that listens for it.
  const unheld = wanted.filter(({ held }) => holderOf(held, containers) === undefined);
  const listening = unheld.length === 0 ? [] : listenersOn(unheld.map(({ held }) => held.port));
  const listeners = listening.filter((listener) => !isEngine(listener, containers));
  return wanted.flatMap((entry) => {
    const { service, path, held } = entry;
    const container = holderOf(held, others);
    const listener = unheld.includes(entry)
      ? listeners.find((other) => collide(openTo(other), held))
      : undefined;
    const who =
      container === undefined ? listener && (listener.process() ?? "another process") : of(container);
    if (who === undefined) return [];
    const fix = "choose another host port, leave it out for one the engine chooses, or stop what has it";
    return [
      mistake("port-taken", {
        service,
        path,
        message: `publishes host port ${held.port}, which ${who} has`,
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
    const whose = other.project === undefined ? "of no stack" : `of the stack ${other.project}`;
    const message = `is \`${name}\`, as which the engine has a container ${whose} already`;
    const fix = `leave it out, put the stack's name into it, or take that one down (docker rm --force ${name})`;
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
        kind === "volume" ? ": both would write to the same data, and take it away from each other" : "";
      const message = `is \`${name}\`, as which the engine has a ${kind} of the stack ${other} already${both}`;
      const fix = `leave it out, put the stack's name into it, or, to use that one or take it over, write ${kind}s.${key}.external: true`;
      return [mistake("name-taken", { path: `${kind}s.${key}.name`, message, fix })];
    }),
  );
}

/** Containers that Compose made under the stack's own name, as which this program cannot make its own. */
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
    const message = `has a container already, \`${container.name}\`, which docker compose made under this stack's name`;
    const fix = `take that one down, which keeps its volumes: docker compose -p ${project} down`;
    return [mistake("container-made-by-compose", { service, path: `services.${service}`, message, fix })];
  });
}

function of({ name, project }: EngineContainer): string {
  return `the container \`${name}\`${project === undefined ? "" : ` of the stack ${project}`}`;
}
