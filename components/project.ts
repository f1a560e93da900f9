import * as pulumi from "@pulumi/pulumi";
import { own } from "./compose-spec/own.ts";
import { engineClock } from "./engine/clock.ts";
import { plannedPorts, publishedPorts, type PublishedPorts } from "./engine/ports.ts";
import { asked, before } from "./local/asked.ts";
import { pulumiCommandLine } from "./local/pulumi-command.ts";
import { routeName } from "./compose-spec/route.ts";
import { secretsOfFiles } from "./model/elsewhere.ts";
import { secretOfFile } from "./model/swarm.ts";
import { componentType } from "./plan/package-names.ts";
import type { MachineFacts } from "./plan/plan-project.ts";
import { describeRoute } from "./plan/route.ts";
import { filledIn, type Secrets } from "./provider/secrets.ts";
import { makeSwarmServices, type SwarmService } from "./resources/swarm.ts";
import type { Plan } from "./plan/plan.ts";
import { readAndPlan, secretsOf, type PlanArgs } from "./project-plan.ts";
import { PulledImages, type Logins } from "./provider/image.ts";
import { transformed, type Transforms } from "./provider/transform.ts";
import { UpdateHistory } from "./resources/history.ts";
import { Gateway, gatewayAddress, type GatewayService } from "./resources/gateway.ts";
import { providerOf } from "./resources/engine-provider.ts";
import { makeNetworks } from "./resources/networks.ts";
import { sayChanges } from "./resources/preview.ts";
import type { Service } from "./resources/service.ts";
import { makeServices } from "./resources/services.ts";
import { takingOver } from "./resources/taking-over.ts";
import { makeTiers } from "./resources/tier.ts";
import { makeVolumes, volumeNames, type Volumes } from "./resources/volumes.ts";
import { describeMistakes } from "./findings/describe.ts";

export interface ProjectArgs extends PlanArgs {
  /**
   * Changes the arguments of a service's containers, by the service's name: the way out for what the Compose keys do not
   * have. In the arguments a secret is a placeholder (`${dbPassword}`). A changed result changes the container as Pulumi's
   * diff says. A service that the stack does not have is refused, and so is a result that sets `name`, `labels`, `image`,
   * the networks, or how the container is started and waited for: Compose keys say that. Default: none.
   *
   * @example { web: (args) => ({ ...args, memorySwappiness: 10 }) }
   */
  readonly transform?: Transforms;
}

/**
 * A Compose project on one engine: its networks, its volumes, and its services by tier, each held back only by what
 * its `depends_on` names.
 *
 * @throws RunError with every mistake in the stack, before anything is touched.
 *
 * @example
 * // What `docker compose -f docker-compose.yml -f docker-compose.prod.yml --profile web up -d --wait` brings up.
 * new Project("shop", {
 *   directory: import.meta.dirname,
 *   tiers: [{ name: "shop", files: ["docker-compose.yml", "docker-compose.prod.yml"], profiles: ["web"] }],
 * });
 */
export class Project extends pulumi.ComponentResource {
  /** The services on an engine, by name; none where the target is a swarm. */
  readonly services: Readonly<Record<string, Service>>;
  /** The services in a swarm, by name; none where the target is an engine. */
  readonly swarmServices: Readonly<Record<string, SwarmService>>;
  /** What a stack exports: where the gateway is, every route in a line, and every service's ports and address. */
  readonly outputs: ProjectOutputs;

  /** @param name Compose project name. */
  constructor(name: string, args: ProjectArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { plan, facts, definitions } = readAndPlan(name, args);
    const isSwarm = args.target === "swarm";
    const defined = isSwarm ? {} : definedIn(plan, args);
    super(componentType("Project"), name, {}, takingOver("Project", byProvider(args, options)));
    // What ended before now, an earlier update ended. That the engine does not answer is for the gates to report.
    if (!pulumi.runtime.isDryRun()) engineClock().catch(() => undefined);
    const tiers = makeTiers(plan, this);
    const below = { project: this, tiers };
    const networks = makeNetworks(plan, below, { engine: args.engine, isSwarm });
    // In a swarm, a node makes a volume when a container there needs the volume.
    const volumes = isSwarm ? {} : makeVolumes(plan, args.keepVolumes ?? true, below);
    const secrets = { ...secretsOf(args), ...secretFilesOf(facts) };
    const { swarm: { registry = "" } = {}, registryAuth = {} } = args;
    const logins: Logins = filledIn(registryAuth, secrets);
    const images = new PulledImages(this, plan.project, logins);
    const shared = { defined, images, networks, volumes, secrets };
    this.services = isSwarm ? {} : makeServices(plan, shared, tiers, facts.processors);
    this.swarmServices = isSwarm
      ? makeSwarmServices({ plan, networks, secrets, registry, logins }, this, tiers)
      : {};
    const gateway = isSwarm
      ? routesInSwarm(plan, args, this.swarmServices)
      : makeGateway(plan, args, { services: this.services, volumes }, this);
    this.outputs = outputsOf(plan, { ...this.services, ...this.swarmServices }, gateway);
    const told = {
      ...{ plan, engine: facts.engine, networks, secrets },
      services: isSwarm ? undefined : this.services,
      swarmServices: this.swarmServices,
      starts: facts.starts ?? {},
      routes: gateway?.routes ?? {},
      // Nor does a swarm lose a request: Traefik finds a container there when the container is ready, and until it goes.
      routesFromFiles: isSwarm || args.gateway?.directory !== undefined,
    };
    if (pulumi.runtime.isDryRun()) {
      sayProfiles(this);
      void sayChanges(this, told);
    }
    // What an update brought up in a swarm, the swarm itself brings back.
    if (!isSwarm)
      new UpdateHistory(name, { ...told, services: this.services, definitions }, { parent: this });
    // The command reads these in the state, where they need no passphrase and no output of the program. What has to wait
    // for a gate, Service and Gateway register: of an update that failed, the state has these all the same.
    this.registerOutputs({
      project: name,
      tiers: plan.tiers,
      profiles: asked().profiles ?? [],
      volumes: { ...before().volumes, ...(isSwarm ? plannedNames(plan) : volumeNames(plan, volumes)) },
      // Elsewhere, the Gateway has them.
      ...(isSwarm
        ? {
            routes: { ...before().routes, ...gateway?.routes },
            urls: { ...before().urls, ...urlsInSwarm(plan, args) },
          }
        : {}),
    });
  }
}

type Routed = Pick<Gateway, "url" | "routes" | "urls">;

export interface ProjectOutputs {
  /**
   * Address of the gateway; `undefined` without a gateway, or while its entry point is not published. A program without a
   * gateway does not export it: Pulumi warns of an output that is `undefined`.
   */
  readonly gatewayUrl: pulumi.Output<string | undefined> | undefined;
  /** Every route in a line, so that a preview shows a change in routing; `undefined` without a gateway. */
  readonly routes: Readonly<Record<string, string>> | undefined;
  /**
   * Every service's published ports and its address through the gateway, by its name. What a change of a service changes in
   * any case, such as its revision, is in `Project.services`: a preview shows an output with all that is in it.
   */
  readonly services: Readonly<Record<string, ServiceAddresses>>;
}

/** Where a service is reached. */
interface ServiceAddresses {
  /** By the container's port; of the service's first container. */
  readonly ports: pulumi.Output<PublishedPorts>;
  /** Through the gateway; absent for a service without a route. */
  readonly url?: pulumi.Output<string | undefined>;
}

/** Has all of a project made by a provider that knows what stack config says of the engine and of registries. */
function byProvider(
  args: ProjectArgs,
  options: pulumi.ComponentResourceOptions,
): pulumi.ComponentResourceOptions {
  const provider = providerOf(args.engine, filledIn(args.registryAuth ?? {}, secretsOf(args)));
  return provider === undefined ? options : { ...options, providers: [provider] };
}

/** Says in a preview what the stack's file does not say. */
function sayProfiles(project: Project): void {
  const { profiles = [] } = asked();
  if (profiles.length === 0) return;
  const words =
    `added by \`up --profile\`, and no part of the stack's file: ${profiles.join(", ")}. A profile stays until ` +
    `\`destroy\`, or until an update by Pulumi alone: ${pulumiCommandLine("up")}`;
  void pulumi.log.info(words, project);
}

/** The names of the volumes that the nodes of a swarm make. */
function plannedNames({ volumes }: Plan): Record<string, string> {
  return Object.fromEntries(
    Object.entries(volumes).flatMap(([key, { name, external }]) => (external === true ? [] : [[key, name]])),
  );
}

/** The files of this machine that services elsewhere get as secrets, as secrets. */
function secretFilesOf({ swarm, files }: MachineFacts): Secrets {
  const inSwarm = Object.entries(swarm?.secretContents ?? {});
  const texts = [
    ...inSwarm.map(([path, text]) => [secretOfFile(path), text] as const),
    ...(files === undefined ? [] : secretsOfFiles(files)),
  ];
  return Object.fromEntries(texts.map(([name, text]) => [name, pulumi.secret(text)]));
}

/** Where the gateway of a swarm is, and what it leads to: Traefik finds the routes itself, by the labels of services. */
function routesInSwarm(
  plan: Plan,
  { gateway }: PlanArgs,
  services: Readonly<Record<string, SwarmService>>,
): Routed | undefined {
  const traefik = gateway === undefined ? undefined : services[gateway.service];
  if (gateway === undefined || traefik === undefined) return undefined;
  const { entryPoint } = gateway;
  const url = traefik.ports.apply((ports) => gatewayAddress(entryPoint, ports[entryPoint.port]));
  const routed = plan.services.flatMap(({ name, route }) => (route === undefined ? [] : [{ name, route }]));
  return {
    url,
    routes: Object.fromEntries(
      routed.map(({ name, route }) => [routeName(route), describeRoute(route, name)]),
    ),
    urls: Object.fromEntries(
      routed.map(({ name, route }) => [name, url.apply((at) => at && at + (route.prefix ?? ""))]),
    ),
  };
}

/** The addresses of routes as the plan has them, which wait for no gate. Nothing where the gateway publishes no port. */
function urlsInSwarm({ services }: Plan, { gateway }: PlanArgs): Record<string, string> {
  const traefik = services.find(({ name }) => name === gateway?.service);
  if (gateway === undefined || traefik === undefined) return {};
  const { entryPoint } = gateway;
  const at = gatewayAddress(entryPoint, plannedPorts(traefik)[entryPoint.port]);
  if (at === undefined) return {};
  return Object.fromEntries(
    services.flatMap(({ name, route }) => (route === undefined ? [] : [[name, at + (route.prefix ?? "")]])),
  );
}

function definedIn(plan: Plan, { transform = {} }: ProjectArgs) {
  const { containers, mistakes } = transformed(plan, transform);
  if (mistakes.length > 0) throw new pulumi.RunError(describeMistakes(mistakes));
  return containers;
}

function makeGateway(
  plan: Plan,
  { gateway }: PlanArgs,
  made: { readonly services: Readonly<Record<string, Service>>; readonly volumes: Volumes },
  parent: Project,
): Gateway | undefined {
  const { services } = made;
  const traefik = gateway === undefined ? undefined : (services[gateway.service] ?? left(gateway.service));
  if (gateway === undefined || traefik === undefined) return undefined;
  return new Gateway(plan.project, { ...gateway, gateway: traefik, plan, ...made }, { parent });
}

/** A gateway that this update leaves alone, as the engine has it; none where there is no gateway yet. */
function left(service: string): GatewayService | undefined {
  const { container } = (own(before().services, service) ?? {}) as { readonly container?: string };
  if (container === undefined) return undefined;
  // Somebody may have removed the container, and a preview may run where no engine is.
  const ports = publishedPorts(container).catch((): PublishedPorts => ({}));
  return { ports: pulumi.output(ports), ready: pulumi.output(undefined) };
}

function outputsOf(
  plan: Plan,
  services: Readonly<Record<string, Service | SwarmService>>,
  gateway: Routed | undefined,
): ProjectOutputs {
  return {
    gatewayUrl: gateway?.url,
    routes: gateway?.routes,
    services: Object.fromEntries(
      [...plan.services, ...(plan.leftAlone ?? [])].flatMap(({ name }) => {
        const earlier = own(before().services, name) as { readonly ports?: PublishedPorts } | undefined;
        const made = services[name];
        if (made === undefined && earlier === undefined) return [];
        const ports = made?.ports ?? pulumi.output(earlier?.ports ?? {});
        const url = gateway?.urls[name];
        // Also where none is published: the ports wait for the gate, and a gate that fails is told by what waits for it.
        return [[name, { ports, ...(url === undefined ? {} : { url }) }]];
      }),
    ),
  };
}
