import { own } from "../compose-spec/own.ts";
import type { Service } from "../compose-spec/service.ts";
import type { ComposeFile } from "./compose-file.ts";
import { dependenciesOf } from "./dependencies.ts";
import { networksJoinedBy } from "./networks.ts";

/**
 * The part of a Compose file that some services need: these services, what they depend on, and the networks, volumes,
 * configs and secrets of all of them.
 */
export function partOfFile(file: ComposeFile, wanted: readonly string[]): ComposeFile {
  const needed = new Set<string>();
  const visit = (name: string): void => {
    const service = own(file.services, name);
    if (service === undefined || needed.has(name)) return;
    needed.add(name);
    for (const dependency of Object.keys(dependenciesOf(service))) visit(dependency);
  };
  wanted.forEach(visit);
  const services = only(file.services, needed);
  const uses = Object.values(services).map(used);
  const parts = {
    services,
    ...Object.fromEntries(
      (["networks", "volumes", "configs", "secrets"] as const).map((kind) => [
        kind,
        only(file[kind], new Set(uses.flatMap((use) => use[kind]))),
      ]),
    ),
  };
  const filled = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0);
  return { name: file.name, ...Object.fromEntries(filled) };
}

/** Keys of the top level that a service names. */
function used(service: Service) {
  const { volumes = [], configs = [], secrets = [] } = service;
  return {
    networks: Object.keys(networksJoinedBy(service)),
    volumes: volumes.flatMap(({ type, source }) =>
      type === "volume" && source !== undefined ? [source] : [],
    ),
    configs: configs.map(({ source }) => source),
    secrets: secrets.map(({ source }) => source),
  };
}

function only<T>(parts: Readonly<Record<string, T>> = {}, keys: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(parts).filter(([key]) => keys.has(key)));
}
