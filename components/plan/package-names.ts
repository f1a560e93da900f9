/*
 * The names by which this package knows its own things again: on the engine, in Pulumi's state and in the gateway's
 * answers. Version 0.1 wrote other names. What version 0.1 made is still there, so those names are read as well.
 */

/** Marks what this package made, as opposed to what Compose made under the same project name. */
export const projectLabel = "io.pulumi-compose.project";
export const tierLabel = "io.pulumi-compose.tier";
/** Of a swarm's service: changes with all that its containers are made from. */
export const revisionLabel = "io.pulumi-compose.revision";
/** By which `docker stack` and other tools find what belongs together in a swarm. */
export const namespaceLabel = "com.docker.stack.namespace";
/** Marks the container through which a volume is being filled. */
export const restoreLabel = "io.pulumi-compose.restore";

type Label = typeof projectLabel | typeof tierLabel | typeof restoreLabel;

/**
 * The names of a label: the present name first, then the name that version 0.1 wrote. Volumes and networks keep the
 * labels that they were made with, so both names stay for good. Nothing carries both.
 */
export function labelNames(label: Label): readonly [present: string, earlier: string] {
  return [label, label.replace("io.pulumi-compose.", "io.super-team.")];
}

/** The value of a label, under whichever of its names. */
export function labelValue(labels: Readonly<Record<string, string>>, label: Label): string | undefined {
  const [present, earlier] = labelNames(label);
  return labels[present] ?? labels[earlier];
}

export type Component = "Project" | "Tier" | "Service" | "Gateway" | "History";

/** The type of a component in Pulumi's state. */
export function componentType(component: Component): string {
  return `pulumi-compose:index:${component}`;
}

/** What Pulumi calls the package's plugin, which makes the networks of one engine. */
export const pluginName = "pulumi-compose";

/** The type of a network of the plugin. */
export const networkType = `${pluginName}:index:Network`;

/** The types of networks in Pulumi's state: of the plugin, and of the Docker provider, which makes the others. */
export const networkTypes: readonly string[] = [networkType, "docker:index/network:Network"];

/** The type that version 0.1 gave a component. */
export function earlierComponentType(component: Component): string {
  return `super-team:index:${component}`;
}

/**
 * The header of an answer on a path of the gateway's own, with that path: a route that takes every path answers there
 * as well, as long as the gateway does not know the path.
 */
export const wayHeader = "x-pulumi-compose-way";
