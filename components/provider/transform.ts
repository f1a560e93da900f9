import type * as pulumi from "@pulumi/pulumi";
import { mistake, type Finding } from "../findings/finding.ts";
import { suggestion } from "../findings/nearest.ts";
import type { Plan } from "../plan/plan.ts";
import { definedArguments, type DefinedArguments } from "./container-args.ts";

/**
 * What a container's arguments must not be changed in, each with what to do in its place. The engine is searched by a
 * container's name and labels, other containers find it on its networks, and the gate starts it and waits for it.
 */
const refused = {
  name: "set the service's `container_name`",
  labels: "set the service's `labels`",
  image: "set the service's `image`",
  networksAdvanced: "set the service's `networks`",
  networkMode: "set the service's `network_mode`",
  ipcMode: "set the service's `ipc`",
  pidMode: "set the service's `pid`",
  mustRun: "set the service's `restart`",
  start: "set the service's `scale` to 0 for a service that is not to start",
  attach: "leave the waiting to the service's gate",
  logs: "leave the waiting to the service's gate",
  wait: "leave the waiting to the service's gate",
  waitTimeout: "leave the waiting to the service's gate",
  rm: "leave the removal to Pulumi",
} as const satisfies Partial<Record<keyof DefinedArguments, string>>;

type RefusedArgument = keyof typeof refused;

/** The arguments that a transform may change, as `docker.Container` of `@pulumi/docker` takes them. */
export type ContainerArguments = Omit<DefinedArguments, RefusedArgument> & {
  readonly [Key in RefusedArgument]?: never;
};

/**
 * Changes the arguments of a service's containers. In its argument a secret is a placeholder (`${dbPassword}`), and what
 * it returns may have placeholders: they are filled in later. A changed result changes the container as Pulumi's diff says.
 */
export type ContainerTransform = (
  args: pulumi.Unwrap<Omit<DefinedArguments, RefusedArgument>>,
) => ContainerArguments;

/** Transforms by the service's name. */
export type Transforms = Readonly<Record<string, ContainerTransform>>;

/** The arguments of every container that its definition decides, by the container's name, with the transforms applied. */
export function transformed(
  plan: Plan,
  transforms: Transforms,
): {
  readonly containers: Readonly<Record<string, DefinedArguments>>;
  readonly mistakes: readonly Finding[];
} {
  const containers: Record<string, DefinedArguments> = {};
  const names = plan.services.map(({ name }) => name);
  const mistakes = Object.keys(transforms)
    .filter((name) => !names.includes(name))
    .map((name) =>
      mistake("unknown-service", {
        path: `transform.${name}`,
        message: `there is no service \`${name}\` to transform`,
        fix: suggestion(name, names),
      }),
    );
  for (const service of plan.services) {
    const transform = Object.hasOwn(transforms, service.name) ? transforms[service.name] : undefined;
    const changed = new Set<RefusedArgument>();
    for (const container of service.containers) {
      const defined = definedArguments(service, container);
      containers[container.name] = defined;
      if (transform === undefined) continue;
      const { kept, changeable } = parted(defined);
      const result: DefinedArguments = transform(changeable as Parameters<ContainerTransform>[0]);
      for (const key of refusedIn(result)) changed.add(key);
      containers[container.name] = { ...result, ...kept };
    }
    for (const key of changed) {
      const message = `sets \`${key}\`, which a transform must not change`;
      const path = `transform.${service.name}`;
      mistakes.push(mistake("refused-argument", { service: service.name, path, message, fix: refused[key] }));
    }
  }
  return { containers, mistakes };
}

/** The arguments that stay as they are, and those that a transform gets. */
function parted(defined: DefinedArguments): {
  readonly kept: DefinedArguments;
  readonly changeable: DefinedArguments;
} {
  const entries = Object.entries(defined);
  return {
    kept: Object.fromEntries(entries.filter(([key]) => Object.hasOwn(refused, key))),
    changeable: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(refused, key))),
  };
}

function refusedIn(result: DefinedArguments): RefusedArgument[] {
  return (Object.keys(refused) as RefusedArgument[]).filter((key) => result[key] !== undefined);
}
