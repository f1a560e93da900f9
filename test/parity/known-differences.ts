import { isList, mapping, text, type Json } from "./json.ts";
import type { KnownDifference } from "./differences.ts";

/** Every difference that is meant, with its reason. One that is not seen any more fails the test, too. */
export const knownDifferences: readonly KnownDifference[] = [
  // Labels.
  {
    kind: "container",
    path: /^Config\.Labels\.io\.pulumi-compose\.(project|tier)$/,
    reason: "what this program made is told from what Compose made under the same project name",
  },
  {
    kind: "network",
    path: "Labels.io.pulumi-compose.project",
    reason: "what this program made is told from what Compose made under the same project name",
  },
  {
    kind: "volume",
    path: "Labels.io.pulumi-compose.project",
    reason: "what this program made is told from what Compose made under the same project name",
  },
  {
    kind: "container",
    path: "Config.Labels.com.docker.compose.version",
    reason: "no version of Compose made it",
  },
  {
    kind: "network",
    path: "Labels.com.docker.compose.version",
    reason: "no version of Compose made it",
  },
  {
    kind: "volume",
    path: "Labels.com.docker.compose.version",
    reason: "no version of Compose made it",
  },
  {
    kind: "container",
    path: "Config.Labels.com.docker.compose.image",
    reason:
      "by it Compose sees that an image has been pulled anew; here the image's id itself makes a new container",
  },
  {
    kind: "container",
    path: /^Config\.Labels\.com\.docker\.compose\.project\.(config_files|working_dir)$/,
    reason: "a container is the same wherever the checkout lies, and is not made anew when that is moved",
  },
  {
    kind: "network",
    path: "Labels.com.docker.compose.config-hash",
    compose: "5.",
    reason: "by it Compose 5 sees that the definition has changed; here the state knows",
  },
  {
    kind: "volume",
    path: "Labels.com.docker.compose.config-hash",
    compose: "5.",
    reason: "by it Compose 5 sees that the definition has changed; here the state knows",
  },
  {
    kind: "container",
    path: "Config.Labels.com.docker.compose.image.builder",
    projects: ["pull-policy"],
    compose: "5.",
    reason: "Compose 5 notes which builder has made an image",
  },

  // What the provider always or never says.
  {
    kind: "container",
    path: /^Config\.Attach(Stdout|Stderr)$/,
    reason:
      "says whether the client that made the container wanted to see its output, and means nothing after that",
  },
  {
    kind: "container",
    path: "HostConfig.Init",
    when: (expected, actual) => expected === undefined && actual === false,
    reason: "the provider says false where nothing is said, which is the engine's default",
  },
  {
    kind: "container",
    path: "HostConfig.NetworkMode",
    when: (_expected, actual) => actual === "bridge",
    reason:
      "the provider makes a container on the default bridge and moves it to its networks before it starts; the " +
      "networks themselves are compared",
  },
  {
    kind: "container",
    path: /^HostConfig\.Cap(Add|Drop)$/,
    compose: "2.",
    when: (expected, actual) => sameCapabilities(expected, actual),
    reason:
      "the provider reads NET_ADMIN back as CAP_NET_ADMIN, so it is written so; to the engine it is the same",
  },
  {
    kind: "container",
    path: /^(Config\.ExposedPorts|NetworkSettings\.Ports)(\..*)?$/,
    projects: ["expose", "override", "web-application"],
    reason: "the provider has no argument for `expose`, which only notes what is open to its networks anyway",
  },
  {
    kind: "container",
    path: /^(HostConfig\.PortBindings|NetworkSettings\.Ports)\./,
    when: (expected, actual) => isList(expected) && isList(actual) && sameButIpv6(expected, actual),
    reason:
      "the provider publishes on 0.0.0.0 where no address is given; a port that the engine publishes on :: as well it " +
      "would read back as a second one that nobody asked for",
  },
  {
    kind: "container",
    path: /^(Config|NetworkSettings\.Networks\..+)\.MacAddress$/,
    projects: ["networks-attributes"],
    reason:
      "the provider makes a container and connects it then, and there the engine takes no hardware address; a warning " +
      "says so",
  },
  {
    kind: "container",
    path: "HostConfig.OomScoreAdj",
    projects: ["resources-of-the-service"],
    reason: "the provider has no argument for `oom_score_adj`; a warning says so",
  },
  {
    kind: "container",
    path: /^HostConfig\.Memory(Swap)?$/,
    projects: ["resources"],
    when: (expected, actual) => Number(actual) % 1024 ** 2 === 0 && Number(actual) > Number(expected),
    reason: "the provider counts in mebibytes; a warning says to what it is rounded up",
  },

  // What is done differently on purpose.
  {
    kind: "container",
    path: /^NetworkSettings\.Networks\..+\.(Links|Aliases|DNSNames)$/,
    projects: ["links"],
    reason:
      "`links` are aliases of the linked service here: Docker's own links are of old, and the name leads to the same",
  },
  {
    kind: "container",
    path: "Config.Image",
    when: (expected, actual) => new RegExp(`^${text(expected)}[:-][0-9a-f]{12}$`).test(text(actual)),
    reason:
      "a built image has a tag for each state of its context, so that a changed source is a changed container",
  },
  {
    kind: "container",
    path: /^Config\.(Cmd|Entrypoint)$/,
    projects: ["entrypoint", "image-defaults-overridden"],
    reason:
      "the provider leaves an empty entrypoint out, so the command's first word is said in its place: Path and Args, " +
      "which is the process, are the same",
  },
  {
    kind: "container",
    path: "Config.Healthcheck.StartInterval",
    when: (expected, actual) => expected === undefined && actual === 250_000_000,
    reason:
      "within a start period the engine asks at once and often, so that what waits need not wait an interval",
  },
  {
    kind: "container",
    path: /^(HostConfig\.VolumesFrom|Mounts\..*\.RW)$/,
    projects: ["volumes-from"],
    reason: "Compose forgets the `:ro` of `volumes_from`",
  },
  {
    kind: "container",
    path: /^NetworkSettings\.Networks\..+\.DriverOpts$/,
    projects: ["networks-attributes"],
    compose: "2.",
    reason: "Compose 2 forgets the `driver_opts` of a service's network",
  },
];

/** Whether host ports are the same on 0.0.0.0, and beside that only on ::. */
function sameButIpv6(expected: readonly Json[], actual: readonly Json[]): boolean {
  const hostPorts = (bindings: readonly Json[]) =>
    bindings
      .map(mapping)
      .filter(({ HostIp: address }) => text(address) !== "::")
      .map(({ HostIp: address, HostPort: port }) => `${text(address) || "0.0.0.0"}:${text(port)}`)
      .join();
  return hostPorts(expected) === hostPorts(actual);
}

function sameCapabilities(one: Json | undefined, other: Json | undefined): boolean {
  const [expected, actual] = [one, other].map((list) =>
    words(list)
      .map((word) => word.toUpperCase().replace(/^CAP_/, ""))
      .sort()
      .join(),
  );
  return expected === actual;
}

function words(list: Json | undefined): string[] {
  return isList(list) ? list.map(text) : [];
}
