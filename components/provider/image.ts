import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../engine/engine.ts";
import { imageId, pullImage } from "../engine/images.ts";
import type { Build } from "../compose-spec/build.ts";
import { loginFor, type RegistryLogins } from "../model/registry-login.ts";
import type { ServicePlan } from "../plan/plan.ts";
import { bytes } from "../compose-spec/units.ts";
import { failure } from "./failure.ts";
import { ulimits } from "./container-limits.ts";

/** What a service's containers run. */
export interface Image {
  readonly reference: pulumi.Input<string>;
  /** Changes with the image's content: one reference may be another image every day. */
  readonly id: pulumi.Input<string>;
}

/** The images of a project that are pulled where they are missing: each once, however many services run it. */
export class PulledImages {
  readonly #project: pulumi.Resource;
  readonly #name: string;
  readonly #pulled = new Map<string, Image>();
  /** The logins by which images are pulled, where a pull is not Pulumi's provider's. */
  readonly logins: Logins;

  /** @param name Compose project name: a stack may have several projects. */
  constructor(project: pulumi.Resource, name: string, logins: Logins) {
    this.#project = project;
    this.#name = name;
    this.logins = logins;
  }

  /** @param parent The service's component. Earlier, each service had an image of its own below it, by its own name. */
  of({ name, image, service: { platform } }: ServicePlan, parent: pulumi.Resource): Image {
    const key = [this.#name, image, ...(platform === undefined ? [] : [platform])].join("-");
    const pulled =
      this.#pulled.get(key) ??
      imageIn(
        new docker.RemoteImage(
          key,
          { name: image, platform, keepLocally: true },
          { parent: this.#project, aliases: [{ parent: parent.urn, name }] },
        ),
      );
    this.#pulled.set(key, pulled);
    return pulled;
  }
}

/**
 * The image of a service: built, pulled where it is missing, or, where its pull policy asks for more or less than
 * that, looked up on the engine on every `up`.
 */
export function imageOf(plan: ServicePlan, pulled: PulledImages, parent: pulumi.Resource): Image {
  const { build, platform, pull_policy = "missing" } = plan.service;
  if (build === undefined && !["missing", "if_not_present"].includes(pull_policy)) {
    return { reference: plan.image, id: lookedUp(plan, pull_policy, pulled.logins, parent) };
  }
  if (build === undefined) return pulled.of(plan, parent);
  return imageIn(
    new docker.RemoteImage(
      plan.name,
      { name: plan.image, platform, build: buildOf(build, plan) },
      { parent },
    ),
  );
}

function imageIn(image: docker.RemoteImage): Image {
  return { reference: image.name, id: pulumi.all([image.name, image.imageId]).apply(presentId) };
}

/** Logins for registries, with passwords that are secrets. */
export type Logins = RegistryLogins<pulumi.Input<string>>;

/**
 * The image of a service in a swarm, by its digest. One that is built is pushed to the registry of its name.
 *
 * @param registry The address of that registry, with `http://` where the registry has no TLS.
 */
export function imageOnSwarm(
  name: string,
  plan: ServicePlan,
  { registry, logins }: { readonly registry: string; readonly logins: Logins },
  parent: pulumi.Resource,
): pulumi.Input<string> {
  const { build, platform } = plan.service;
  if (build === undefined) return plan.image;
  const built = new docker.RemoteImage(
    name,
    { name: plan.image, platform, build: buildOf(build, plan), keepLocally: true },
    { parent },
  );
  // Without TLS, the provider has to be told, and wants a user even where the registry knows none.
  const anonymous = { username: "anonymous", password: "anonymous" };
  const known = loginFor(plan.image, logins) ?? (registry.startsWith("http://") ? anonymous : undefined);
  const pushed = new docker.RegistryImage(
    name,
    {
      name: built.name,
      keepRemotely: true,
      ...(known === undefined ? {} : { authConfig: { ...known, address: registry } }),
    },
    { parent, dependsOn: [built] },
  );
  return pulumi.interpolate`${plan.image}@${pushed.sha256Digest}`;
}

/** What the engine has under the reference now: somebody may have built or pulled it since. */
async function presentId([reference, noted]: readonly [string, string]): Promise<string> {
  return imageId(reference).catch(() => noted);
}

/**
 * Compose's labels make it the service's own image. What is built twice from the same would otherwise be one image under
 * two names, and the engine refuses to remove both at once: "unrecognized image ID".
 */
const ownLabels = ["com.docker.compose.project", "com.docker.compose.service"];

function buildOf(build: Build, plan: ServicePlan): docker.types.input.RemoteImageBuild {
  const { target, args = {}, network, extra_hosts, platforms = [] } = build;
  // An engine loads an image of one platform. As with Compose, the rest of several is for a registry.
  const platform = platforms.length === 1 ? platforms[0] : plan.service.platform;
  const { labels, build: { context = build.context ?? ".", dockerfile, remoteContext, secrets } = {} } = plan;
  const ofCompose = Object.entries(labels).filter(([label]) => ownLabels.includes(label));
  return {
    context,
    dockerfile: dockerfile ?? build.dockerfile,
    // Only the builder of the engine itself passes the URL on.
    ...(remoteContext === undefined ? {} : { remoteContext, useLegacyBuilder: true }),
    target,
    buildArgs: Object.fromEntries(Object.entries(args).map(([key, value]) => [key, value ?? ""])),
    label: { ...build.labels, ...Object.fromEntries(ofCompose) },
    ...(network === undefined ? {} : { networkMode: network }),
    ...(extra_hosts === undefined
      ? {}
      : { extraHosts: extra_hosts.map((entry) => entry.replace(/[=:]/, ":")) }),
    ...(build.cache_from === undefined ? {} : { cacheFroms: build.cache_from }),
    ...(build.cache_to === undefined ? {} : { cacheTos: build.cache_to }),
    ...(build.additional_contexts === undefined ? {} : { additionalContexts: build.additional_contexts }),
    ...(build.no_cache === undefined ? {} : { noCache: build.no_cache }),
    ...(build.pull === undefined ? {} : { pullParent: build.pull }),
    ...(build.shm_size === undefined ? {} : { shmSize: bytes(build.shm_size) }),
    ...(build.tags === undefined ? {} : { tags: build.tags }),
    ...(secrets === undefined ? {} : { secrets: [...secrets] }),
    ...(platform === undefined ? {} : { platform }),
    ...(build.ulimits === undefined ? {} : { ulimits: ulimits(build.ulimits) }),
  };
}

/** The image's id, after a pull where the policy asks for a pull. `daily` and its like pull on every `up`. */
function lookedUp(
  { name, image, service: { platform } }: ServicePlan,
  policy: string,
  logins: Logins,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  // A preview may run where no engine is.
  if (pulumi.runtime.isDryRun()) return pulumi.output(imageId(image).catch(() => ""));
  const found = async (known: RegistryLogins) => {
    try {
      if (policy !== "never") await pullImage(image, platform, known);
      return await imageId(image);
    } catch (error) {
      const advice = policy === "never" ? `: pull or build ${image} first, or take the pull_policy away` : "";
      throw failure(`${name}: ${messageOf(error)}${advice}`, parent);
    }
  };
  return pulumi.unsecret(pulumi.output(logins).apply((known) => found(known)));
}
