/** What was measured outside of the stack. What is not known is left out. */
export interface Measurements {
  /** Bytes of memory that the engine's machine has. */
  readonly memory?: number | undefined;
  /** Processors that the engine's machine has. */
  readonly processors?: number | undefined;
  /** Seconds that a service took to become healthy at the last `up` that started it, by service. */
  readonly starts?: Readonly<Record<string, number>>;
}

/** Said of a path where nothing is. */
export const absent = "does not exist";

/**
 * Why a path of this machine, absolute or relative to the project, cannot be read as a directory or a file: words to stand
 * behind the path. `undefined` where the path can be read.
 */
export type WhyUnread = (path: string, kind: "directory" | "file") => string | undefined;

/** What the engine has, as far as a stack makes that worth knowing. */
export interface EngineFacts {
  /** Every container, whoever made it. */
  readonly containers: readonly EngineContainer[];
  /** Every volume, whoever made it. */
  readonly volumes: readonly EnginePart[];
  /** Every network, whoever made it. */
  readonly networks: readonly EnginePart[];
  /** The addresses that containers have on networks where the stack has fixed ones. */
  readonly addresses: readonly HeldAddress[];
  /** Details of the containers whose data the stack may leave behind, by their id. */
  readonly containerDetails: Readonly<Record<string, ContainerDetails>>;
  /** What the stack's volumes with a driver or options of their own were made with, by their name. */
  readonly volumeDetails: Readonly<Record<string, VolumeDetails>>;
  /**
   * Whether an image has a health check of its own, by its reference: of the images that the engine has, and whose health
   * check others wait for.
   */
  readonly healthchecks: Readonly<Record<string, boolean>>;
  /** What is known of the images that the engine does not have and that the stack does not build, by their references. */
  readonly absentImages: Readonly<Record<string, AbsentImage>>;
  /** Which processes listen on these host ports; none where only the engine's API is open to us. */
  readonly listenersOn: (ports: readonly number[]) => readonly Listener[];
}

/** What an image's registry says of an image that the engine does not have. */
export interface AbsentImage {
  /**
   * `there`: the registry has the image. `missing`: it does not. `denied`: it does not say without a login. `unreached`:
   * the engine cannot ask the registry. `unasked`: nobody has asked, or the answer took too long.
   */
  readonly registry: "there" | "missing" | "denied" | "unreached" | "unasked";
  /** What the engine says is wrong, where it cannot ask. */
  readonly reason?: string;
  /** Address of the registry by whose login in stack config it was asked. */
  readonly login?: string;
}

/** What a stack's state has of the engine's containers, networks and volumes, also what is only begun. */
export interface KnownToState {
  /** Ids; of what is only begun, names. */
  readonly containers: ReadonlySet<string>;
  /** Names. */
  readonly networks: ReadonlySet<string>;
  /** Names. */
  readonly volumes: ReadonlySet<string>;
}

/** What a volume was made with. */
export interface VolumeDetails {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A container that the engine has, of whichever project. */
export interface EngineContainer {
  readonly id: string;
  readonly name: string;
  /** Compose project and service, by its labels; of what was made by hand there is none. */
  readonly project?: string;
  readonly service?: string;
  /** Reference of its image, if the reference still is that image's: such an image is on the engine. */
  readonly image?: string;
  /** What it was made from, by its label: it begins with the revision of a service that has not changed since. */
  readonly revision?: string;
  /** Its number within the service, by its label. */
  readonly number?: number;
  /** Whether Compose itself made it, and not this program. */
  readonly byCompose?: boolean;
  /** `running`, `exited`, `created`, … */
  readonly state: string;
  /** Host ports that it holds now; one that does not run holds none. */
  readonly ports: readonly HeldPort[];
  /** Names of the volumes, and host paths, that it has mounted. */
  readonly mounts: readonly string[];
  /** Name of the volume that is being restored through it, or was when that was cut off. */
  readonly restores?: string;
}

/** What a container is known by, in more detail than a list of all containers has it. */
export interface ContainerDetails {
  readonly image: string;
  /** Names of its volumes by their target. */
  readonly volumes: Readonly<Record<string, string>>;
}

/** A network or a volume that the engine has, whoever made it. */
export interface EnginePart {
  readonly name: string;
  /** Compose project and key in its definitions, by its labels; of what was made by hand there is none. */
  readonly project?: string;
  readonly key?: string;
  /** Whether Compose itself made it, and not this program. */
  readonly byCompose?: boolean;
}

/** A host port that is taken. */
export interface HeldPort {
  /** Address that it is bound to; `0.0.0.0` is all of IPv4, `::` all of IPv6, and none is both. */
  readonly ip: string;
  readonly port: number;
  readonly protocol: string;
}

/** An address that a container has on a network. */
export interface HeldAddress {
  /** Id of the container. */
  readonly container: string;
  /** Name of the network. */
  readonly network: string;
  readonly address: string;
}

/** A process that listens on a host port. */
export interface Listener extends HeldPort {
  /** Who it is, as far as one may know; looked for when it is told. */
  readonly process: () => string | undefined;
}
