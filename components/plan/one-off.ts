import type { File } from "../compose-spec/definitions.ts";
import { own } from "../compose-spec/own.ts";
import type { Condition, Service } from "../compose-spec/service.ts";
import { absoluteParts, mapValues, written, type ComposeFile } from "../model/compose-file.ts";
import { dependenciesOf, sharedWith, volumesFrom } from "../model/dependencies.ts";
import type { Model } from "../model/model.ts";
import { networksJoinedBy } from "../model/networks.ts";
import { filled } from "../model/placeholder.ts";
import { hiddenTexts } from "./hidden-texts.ts";
import type { Plan } from "./plan.ts";

/** What `docker compose run` needs for a one-off of a service. */
export interface OneOff {
  readonly file: ComposeFile;
  /** The texts that hold a secret, by the variables that stand for them in the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** The services that have to be up first. */
  readonly waitsFor: readonly { readonly service: string; readonly condition: Condition }[];
  /** The stack's own networks that the one-off joins, by their names on the engine. */
  readonly networks: readonly string[];
}

/**
 * The service alone, as the stack has it: its image under the name that the stack builds, and networks and volumes that
 * are there already. The services whose containers it shares are in the file by name only.
 *
 * @param present Names of the volumes that the engine has. A volume that is missing, Compose makes.
 * @returns `undefined` for a service that the stack does not have.
 */
export function oneOffOf(
  name: string,
  model: Model,
  plan: Plan,
  { directory, present }: { readonly directory: string; readonly present: readonly string[] },
): OneOff | undefined {
  const parts = absoluteParts(model, directory);
  const service = own(parts.services, name);
  const planned = plan.services.find((other) => other.name === name);
  if (service === undefined || planned === undefined) return undefined;

  const keys = Object.keys(networksJoinedBy(service));
  const networks = keys.map((key) => [key, plan.networks[key]?.name ?? key] as const);
  const mounted = new Set(
    (service.volumes ?? []).flatMap(({ type, source }) => (type === "volume" ? source : [])),
  );
  const volumes = Object.entries(plan.volumes).filter(([key]) => mounted.has(key));
  const { variables, variableFor, write } = hiddenTexts(model.secrets);
  const used = (files: Readonly<Record<string, File>>, references: Service["secrets"] = []) =>
    Object.fromEntries(
      Object.entries(files).filter(([key]) => references.some(({ source }) => source === key)),
    );
  const file = written(
    plan.project,
    {
      services: { ...sharedBy(service), [name]: { ...alone(service), image: planned.image } },
      networks: Object.fromEntries(networks.map(([key, engine]) => [key, { name: engine, external: true }])),
      volumes: Object.fromEntries(
        volumes.map(([key, { name: engine }]) => [
          key,
          present.includes(engine)
            ? { name: engine, external: true }
            : { ...model.volumes[key], name: engine },
        ]),
      ),
      configs: used(parts.configs, service.configs),
      // Compose has no `content` for secrets.
      secrets: mapValues(used(parts.secrets, service.secrets), ({ content, ...other }) =>
        content === undefined ? other : { ...other, environment: variableFor(content) },
      ),
    },
    write,
  );
  return {
    file,
    variables,
    waitsFor: Object.entries(dependenciesOf(service)).flatMap(([other, { condition, required = true }]) =>
      required && Object.hasOwn(model.services, other) ? [{ service: other, condition }] : [],
    ),
    networks: networks.flatMap(([key, engine]) => (plan.networks[key]?.external ? [] : [engine])),
  };
}

/** The variables with their secrets, as a container of the stack gets them. */
export function filledVariables(
  { variables }: Pick<OneOff, "variables">,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return mapValues(variables, (text) => filled(text, secrets));
}

/** The service without what orders it among others: the command looks at that itself. */
function alone(service: Service): Service {
  const ordering = ["depends_on", "links", "profiles"];
  return Object.fromEntries(Object.entries(service).filter(([key]) => !ordering.includes(key)));
}

/** Compose looks for a container of these services. What they are themselves does not matter, and they join nothing. */
function sharedBy({ network_mode, ipc, pid, volumes_from = [] }: Service): Record<string, Service> {
  const names = [
    ...[network_mode, ipc, pid].map(sharedWith),
    ...volumes_from.map((entry) => volumesFrom(entry).service),
  ].filter((name) => name !== undefined);
  return Object.fromEntries(names.map((name) => [name, { image: name, network_mode: "none" }]));
}
