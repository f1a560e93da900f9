/**
 * Every name that a finding can have. The table in `docs/findings.md` is made from this list (`npm run docs`).
 *
 * A name is a promise to whoever silences a warning by it: a better one goes into `formerNames` as well.
 */

/** What findings of a name can be. What is likely and not certain is a guess, and a guess is always a warning. */
type Kinds =
  | { readonly kinds: readonly ("mistake" | "warning")[]; readonly guess?: never }
  | { readonly kinds: readonly ["warning"]; readonly guess: true };

type Named = Kinds & {
  /** What is wrong, in one sentence. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
};

const mistake = { kinds: ["mistake"] } as const;
const warning = { kinds: ["warning"] } as const;
const either = { kinds: ["mistake", "warning"] } as const;
const guess = { kinds: ["warning"], guess: true } as const;

export const findingNames = {
  "address-taken": {
    ...mistake,
    meaning: "A service has a fixed address that another container already has.",
    remedy: "Choose another address.",
  },
  "anonymous-volume": {
    ...warning,
    meaning:
      "A service keeps data in a volume without a name. A new container starts with a new, empty volume.",
    remedy: "Give the volume a name below `volumes`.",
  },
  "changed-order": {
    ...warning,
    meaning:
      "The Docker provider gives a container its DNS servers, or search domains, in another order than the definition.",
    remedy: "Write one alone, or several of which any may be asked first.",
  },
  "changed-volume": {
    ...mistake,
    meaning: "A volume exists with another driver or other `driver_opts`, and an update cannot change them.",
    remedy: "Give the volume another name, or back up, remove and restore it.",
  },
  "clear-on-swarm": {
    ...mistake,
    meaning: "A service of a swarm has a secret where everybody who may ask a manager can read the secret.",
    remedy: "Give the secret as a file, below `secrets`, and let the service read that file.",
  },
  "clear-secret": {
    ...guess,
    meaning:
      "A variable is called like a secret and is no declared one. Its value is in clear in state and preview.",
    remedy: "Make the value a secret with the command that the message names.",
  },
  compose: {
    ...either,
    meaning: "`docker compose config` refuses a Compose file, or warns of something in it.",
    remedy: "Correct the file.",
  },
  "compose-missing": {
    ...mistake,
    meaning: "Docker's command line, or its Compose plugin, is not installed.",
    remedy: "Install Docker Compose.",
  },
  "container-made-by-compose": {
    ...mistake,
    meaning: "`docker compose up` created a container of this project, and its name is still taken.",
    remedy: "Remove the container with `docker compose down`, which keeps the volumes.",
  },
  "container-name-in-url": {
    ...guess,
    meaning: "A URL names a container. The name of a container differs between stacks.",
    remedy: "Name the service. For a container of another stack, name an alias on a shared network.",
  },
  "dependency-cycle": {
    ...mistake,
    meaning: "Services wait for each other in a circle.",
    remedy: "Remove one `depends_on` of the circle.",
  },
  "doubled-dollar": {
    ...guess,
    meaning: "Stack config or TypeScript has `$$`. Only a Compose file needs a `$` doubled.",
    remedy: "Write `$`.",
  },
  "duplicate-container-name": {
    ...mistake,
    meaning: "Two services have one `container_name`.",
    remedy: "Choose another name for one of them, or remove the key.",
  },
  "duplicate-host-port": {
    ...mistake,
    meaning: "Two services publish one host port.",
    remedy: "Choose another host port, or leave it out: Docker then chooses a free one.",
  },
  "duplicate-route": {
    ...mistake,
    meaning: "Two services have a route with one name, prefix or host.",
    remedy: "Give one of the routes another value.",
  },
  "duplicate-service": {
    ...mistake,
    meaning: "Two tiers define a service of one name.",
    remedy: "Rename one of them, or change the first one in stack config.",
  },
  "exposed-secret": {
    ...mistake,
    meaning: "A secret would be encrypted with the empty passphrase, so anyone could read it.",
    remedy: "Give the stack a passphrase of its own.",
  },
  "expose-not-set": {
    ...guess,
    meaning: "A proxy looks for the port of a service in `expose`, which the Docker provider cannot set.",
    remedy: "Name the port in the label or the variable that the proxy reads.",
  },
  "external-missing": {
    ...mistake,
    meaning: "A network or a volume is `external`, and Docker does not have it.",
    remedy: "Create it with `docker network create` or `docker volume create`.",
  },
  "file-without-content": {
    ...mistake,
    meaning: "A service uses a config or a secret that has no content, or whose variable is not set.",
    remedy: "Give it a `file`, a `content` or a variable that is set.",
  },
  "file-without-place": {
    ...mistake,
    meaning:
      "A config, a secret or a file would lie where the engine cannot put a file: in memory, or where nothing may be written.",
    remedy: "Give the file a target in a folder of its own.",
  },
  "fixed-container-name": {
    ...guess,
    meaning: "A Compose file gives a container the same name in every stack, so only one stack can be up.",
    remedy: "Remove `container_name`, or put a variable into it.",
  },
  "half-restored-volume": {
    ...mistake,
    meaning: "A restore is filling a volume, or was killed while it did.",
    remedy: "Wait for the restore. If none is running, remove the volume and restore it again.",
  },
  "host-port-in-url": {
    ...guess,
    meaning: "A URL names a service with its host port. Other containers do not reach it there.",
    remedy: "Write the container port.",
  },
  "interpolated-health-command": {
    ...guess,
    meaning:
      "Compose replaces `$NAME` in a health check before the container sees it, or no shell replaces it.",
    remedy: "Write `$$NAME` in a Compose file, with `CMD-SHELL`.",
  },
  "invalid-value": {
    ...mistake,
    meaning: "A key has a value that it cannot have.",
    remedy: "Write one of the values that the message names.",
  },
  "ipv6-host": {
    ...warning,
    meaning:
      "`extra_hosts` has an IPv6 address, for which the Docker provider replaces the container at every refresh.",
    remedy: "Write an IPv4 address.",
  },
  "kept-login": {
    ...guess,
    meaning:
      "The user, the password or the name of a database changes, and a kept volume has the old one: images of databases read them only while the volume is empty.",
    remedy: "Change the login in the database first. `docs/secrets.md` has the commands for PostgreSQL.",
  },
  "kept-volume": {
    ...warning,
    meaning: "A service or a volume is no longer in the stack. Its data stays.",
    remedy: "Remove the volume with `docker volume rm` if nobody needs the data.",
  },
  "large-build-context": {
    ...warning,
    meaning: "More than 100 MB are sent for a build to the stack's engine, which is on another machine.",
    remedy: "Name in `.dockerignore` what the build does not need.",
  },
  "large-job-mount": {
    ...warning,
    meaning: "A job's read-only bind mount is too large for its files to be compared at every `up`.",
    remedy: "Mount only what the job works on.",
  },
  "localhost-url": {
    ...guess,
    meaning:
      "A URL names `localhost` where another service is meant. In a container, `localhost` is the container.",
    remedy: "Write the name of the service.",
  },
  "lost-volume": {
    ...warning,
    meaning: "A volume of the stack was removed outside of Pulumi. An update makes an empty one.",
    remedy: "Restore a backup before the `up`, if the data is needed.",
  },
  "memory-overcommitted": {
    ...warning,
    meaning: "The memory limits add up to more memory than the machine has.",
    remedy: "Lower the limits, or run fewer services.",
  },
  "misplaced-secret": {
    ...mistake,
    meaning: "A secret's placeholder stands where secrets are not filled in.",
    remedy:
      "Move it to `environment`, `command`, `entrypoint`, `healthcheck`, `labels`, or a config's `content`.",
  },
  "missing-directory": {
    ...warning,
    meaning: "The source of a bind mount does not exist. The engine makes an empty directory there.",
    remedy: "Correct the path, if another directory is meant.",
  },
  "missing-file": {
    ...mistake,
    meaning: "A file or a directory that the stack names does not exist.",
    remedy: "Create it, or correct the path.",
  },
  "missing-image": {
    ...either,
    meaning:
      "Docker does not have an image, and the image's registry does not have it either. It is a warning where the registry wants a login or cannot be asked.",
    remedy:
      "Correct the name or the tag, build the image, or give its login: of `docker login`, or of registryAuth in stack config.",
  },
  "missing-key": {
    ...mistake,
    meaning: "A key is missing that Compose or the program requires.",
    remedy: "Write the key.",
  },
  "missing-secret": {
    ...mistake,
    meaning: "A service needs a secret that has no value.",
    remedy: "Set it in stack config or in the environment.",
  },
  "moved-volume": {
    ...mistake,
    meaning: "An update would create a new, empty volume, and the data would stay in the old one.",
    remedy: "Give the volume its old name, or copy the data first.",
  },
  "name-taken": {
    ...mistake,
    meaning: "A container, a network or a volume has a name that another one already has.",
    remedy: "Choose another name.",
  },
  "network-mode-conflict": {
    ...mistake,
    meaning:
      "A service has a `network_mode`, and a key that Docker refuses with it, or joins the network of a mode.",
    remedy: "Remove one of the two, or write `network_mode` in place of the network.",
  },
  "no-command": {
    ...mistake,
    meaning: "A service of a swarm removes the entrypoint of its image, and has no command.",
    remedy: "Write the whole command below `command`.",
  },
  "no-effect": {
    ...warning,
    meaning: "A key has no effect: one Docker engine, or the Docker provider, cannot honour it.",
    remedy: "Remove the key.",
  },
  "no-health-check": {
    ...mistake,
    meaning:
      "A service waits until another is healthy, and neither the other nor its image has a health check.",
    remedy: "Give the other service a `healthcheck`, or wait with `condition: service_started`.",
  },
  "no-image": {
    ...mistake,
    meaning: "A service has neither `image` nor `build`.",
    remedy: "Name an image, or a build with its context.",
  },
  "no-manager": {
    ...mistake,
    meaning: "The stack's target is a swarm, and the engine that `up` works on is no manager of one.",
    remedy: "Name the managers in stack config, or let Docker's command line work on a manager.",
  },
  "no-place": {
    ...mistake,
    meaning: "A service of a swarm writes to a volume that only one node has, and may run on any node.",
    remedy: "Give the service a constraint to that node, or the volume a driver that shares its data.",
  },
  "no-registry": {
    ...mistake,
    meaning:
      "An image of a swarm's service is built, and no registry is named from which every node gets it.",
    remedy: "Name the registry in stack config.",
  },
  "no-shared-network": {
    ...guess,
    meaning: "A service names another or links to it, and the two share no network.",
    remedy: "Put both services on one network.",
  },
  "not-declared": {
    ...mistake,
    meaning: "A service uses a network, a volume, a config or a secret that the top level does not declare.",
    remedy: "Declare it, or correct the name.",
  },
  "not-for-replicas": {
    ...mistake,
    meaning:
      "A service with several containers has a name, a host port or an address that only one can have.",
    remedy: "Remove the key, or run one container.",
  },
  "not-interpolated": {
    ...guess,
    meaning: "Stack config has `${NAME}`. Variables are replaced in Compose files only.",
    remedy: "Write the value.",
  },
  "not-on-server": {
    ...mistake,
    meaning:
      "A service mounts a folder of the project, or a file that it may write to, and the stack's engine is on another machine.",
    remedy: "Build it into an image, keep it in a volume, or mount single files read-only.",
  },
  "paused-container": {
    ...warning,
    meaning: "A container of the stack is paused, and an `up` that does not replace the container fails.",
    remedy: "Let the container go on, with `docker unpause`.",
  },
  "pg-isready-by-socket": {
    ...guess,
    meaning:
      "`pg_isready` without `-h` is satisfied by the temporary server that PostgreSQL runs while it is set up.",
    remedy: "Write `pg_isready -h 127.0.0.1`.",
  },
  "port-not-allocated": {
    ...mistake,
    meaning: "A service publishes a host port that the machine's port registry does not allocate to it.",
    remedy: "Publish the port that the message names, or allocate this one.",
  },
  "port-taken": {
    ...mistake,
    meaning: "A service publishes a host port that another container or process already has.",
    remedy: "Choose another host port, or stop what has it.",
  },
  "refused-argument": {
    ...mistake,
    meaning:
      "A `transform` sets an argument of a container that a Compose key decides, or that its gate relies on.",
    remedy: "Leave the argument out of the `transform`, and use the Compose key.",
  },
  "refused-key": {
    ...mistake,
    meaning: "A key of Compose that a service relies on cannot be honoured here.",
    remedy: "Do what the message says instead.",
  },
  "renamed-service": {
    ...mistake,
    meaning: "A service seems to be renamed, and would start without its data.",
    remedy: "Give the volume its old name, or remove the old container first.",
  },
  "reservation-over-limit": {
    ...mistake,
    meaning: "A service reserves more memory than its limit.",
    remedy: "Reserve no more than the limit.",
  },
  "rounded-memory": {
    ...warning,
    meaning: "A memory size is not a whole number of mebibytes. The next larger one is set.",
    remedy: "Write a whole number of mebibytes.",
  },
  "route-without-network": {
    ...mistake,
    meaning: "A service has a route, and shares no network with the gateway.",
    remedy: "Put the service on a network of the gateway.",
  },
  "routes-not-mounted": {
    ...mistake,
    meaning: "The gateway reads its routes from files, and does not mount their folder.",
    remedy:
      "Mount `${ROUTES_DIRECTORY}` where Traefik's file provider watches, or set the gateway's routes to labels.",
  },
  "router-rule-quotes": {
    ...warning,
    meaning: "A rule in Traefik's labels has single quotes. Traefik ignores the router.",
    remedy: "Write backticks.",
  },
  "sqlite-two-writers": {
    ...guess,
    meaning: "Several containers may write to one SQLite file, and SQLite then says `database is locked`.",
    remedy: "Mount it read-only for all but one, ask that one over HTTP, or use PostgreSQL.",
  },
  "start-first-impossible": {
    ...either,
    meaning:
      "A service asks for start-first updates, and can have only one container at a time. In a Compose file this is a warning, and the service is updated stop-first.",
    remedy: "Remove the `order`, or the key that the message names.",
  },
  "start-period-too-short": {
    ...warning,
    meaning: "At the last `up` the service took longer to become healthy than its `start_period`.",
    remedy: "Raise `start_period`.",
  },
  "started-not-healthy": {
    ...guess,
    meaning: "The short form of `depends_on` does not wait for the health check of the other service.",
    remedy: "Write `condition: service_healthy`.",
  },
  "port-held-too-long": {
    ...warning,
    meaning:
      "A service of a swarm gets a host port, and another service of the stack has the port until later.",
    remedy: "Remove the other service, or its port, in an `up` of its own first.",
  },
  "subnet-taken": {
    ...mistake,
    meaning: "A network of a stack in a swarm has a subnet that overlaps with another network's.",
    remedy:
      "Choose another subnet. A network that changes is another network, so that its subnet has to change as well.",
  },
  "traefik-without-ping": {
    ...guess,
    meaning: "The health check of a Traefik asks for a ping that Traefik does not answer.",
    remedy: "Switch the ping on, and ask for it where it is.",
  },
  "not-on-swarm": {
    ...either,
    meaning: "A swarm cannot honour a key, a mount, a port or a network of the stack.",
    remedy: "Do what the message says; of a warning, remove the key.",
  },
  "other-state": {
    ...mistake,
    meaning:
      "The stack is up, and its state is not here: another checkout has the state, or the state was lost.",
    remedy:
      "Name the backend that has the state, or let `npx pulumi-compose up --take-over` remove the containers and networks.",
  },
  "two-engines": {
    ...mistake,
    meaning:
      "Docker's command line works on one engine, and Pulumi's Docker provider would work on another engine.",
    remedy: "Use `npx pulumi-compose up`, where both work on the same engine, or set `DOCKER_HOST` for both.",
  },
  "unchecked-dependency": {
    ...guess,
    meaning:
      "Services wait until another has started, and that one has no health check. It is not told in development.",
    remedy: "Give the other service a `healthcheck`, and wait with `condition: service_healthy`.",
  },
  "unheard-variable": {
    ...warning,
    meaning:
      "A variable is set in the terminal or in `.env`, and has no effect: the stack's file, or the program, says otherwise.",
    remedy: "Change the value in the stack's file, or unset the variable.",
  },
  "unknown-key": {
    ...mistake,
    meaning: "A key is neither Compose's nor the program's.",
    remedy: "Correct the spelling, or remove the key.",
  },
  "unknown-profile": {
    ...warning,
    meaning: "Stack config, or `--profile`, names a profile that no service has.",
    remedy: "Correct the name.",
  },
  "unknown-reset": {
    ...mistake,
    meaning: "`reset` names something that no definition has.",
    remedy: "Correct the path.",
  },
  "unknown-secret": {
    ...mistake,
    meaning: "A placeholder names a secret that the stack does not have.",
    remedy: "Correct the name.",
  },
  "unknown-service": {
    ...mistake,
    meaning: "Something names a service that the stack does not have.",
    remedy: "Correct the name.",
  },
  "writable-source": {
    ...guess,
    meaning: "A container may change the source that its image is built from. It is not told in development.",
    remedy: "Mount the source with `:ro`, or leave the mount out.",
  },
  "wrong-type": {
    ...mistake,
    meaning: "A value has the wrong type.",
    remedy: "Write a value of the type that the message names.",
  },
} as const satisfies Readonly<Record<string, Named>>;

type Names = typeof findingNames;
type Of<Kind> = {
  [Name in keyof Names]: Kind extends Names[Name]["kinds"][number] ? Name : never;
}[keyof Names];

export type FindingName = keyof Names;
export type MistakeName = Of<"mistake">;
export type WarningName = Of<"warning">;

/** Names that warnings had before. An entry of `silence` may still have them. */
export const formerNames = {
  "comes-to-nothing": "no-effect",
} as const satisfies Readonly<Record<string, WarningName>>;

const entries = Object.entries(findingNames) as [FindingName, Named][];

/** The names that stack config can silence. */
export const warningNames = entries.flatMap(([name, { kinds }]) =>
  kinds.includes("warning") ? [name as WarningName] : [],
);
