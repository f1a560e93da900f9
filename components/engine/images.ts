import type { RegistryLogins } from "../model/registry-login.ts";
import { engine, isNotFound } from "./engine.ts";
import { authconfigFor } from "./in-registry.ts";

/** The ids of the images that were built for a Compose project. */
export async function imagesBuiltFor(project: string): Promise<string[]> {
  const images = await engine.listImages({
    filters: { label: [`com.docker.compose.project=${project}`] },
  });
  return images.map(({ Id: id }) => id);
}

/** The id of an image that the engine has. */
export async function imageId(reference: string): Promise<string> {
  const { Id: id } = await engine.getImage(reference).inspect();
  return id;
}

/** By which an image is known for good, whatever its name comes to mean. */
export interface ImageIdentity {
  readonly id: string;
  /** As a registry knows it: `redis@sha256:…`. Absent for an image that was neither pulled nor pushed. */
  readonly digest?: string;
}

/** The identity of an image that the engine has. */
export async function identityOf(reference: string): Promise<ImageIdentity> {
  const { Id: id, RepoDigests: digests } = await engine.getImage(reference).inspect();
  const [digest] = (digests as readonly string[] | null) ?? [];
  return { id, ...(digest === undefined ? {} : { digest }) };
}

/** Gives an image that the engine has a further name. */
export async function tagImage(id: string, reference: string): Promise<void> {
  const at = reference.lastIndexOf(":");
  await engine.getImage(id).tag({ repo: reference.slice(0, at), tag: reference.slice(at + 1) });
}

/** Ends the name of an image that is kept for a rollback. An image without a name would go with the next clean-up. */
const keptEnding = "-kept";

/** The name under which an image is kept that was built under this one. */
export function keptName(reference: string): string {
  return reference.endsWith(keptEnding) ? reference : `${reference}${keptEnding}`;
}

/**
 * Keeps images that were built for a project, under names of their own, and lets go of all others that were kept.
 *
 * @param wanted The images of the updates that can be brought up again.
 * @param present Those of them that the stack has now: what looks after the stack looks after them.
 */
export async function keepImages(
  project: string,
  wanted: readonly Named[],
  present: readonly Named[],
): Promise<void> {
  const stay = new Set(present.map(({ reference }) => reference));
  for (const { id, reference } of wanted.filter((image) => !stay.has(image.reference))) {
    try {
      await tagImage(id, keptName(reference));
      stay.add(keptName(reference));
      if (!reference.endsWith(keptEnding)) await removeImage(reference);
    } catch (error) {
      // Somebody has removed it. A rollback says so.
      if (!isNotFound(error)) throw error;
    }
  }
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const names = (await engine.listImages({ filters })).flatMap(({ RepoTags: tags }) => tags ?? []);
  for (const name of names) if (name.endsWith(keptEnding) && !stay.has(name)) await removeImage(name);
}

interface Named extends ImageIdentity {
  readonly reference: string;
}

/** An image's own health check, its times in nanoseconds. */
export interface ImageHealthcheck {
  readonly Test?: string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** The health check of an image that the engine has; `undefined` for an image without a health check. */
export async function imageHealthcheck(reference: string): Promise<ImageHealthcheck | undefined> {
  const { Config: config } = await engine.getImage(reference).inspect();
  return (config as { readonly Healthcheck?: ImageHealthcheck }).Healthcheck;
}

/** What an image runs by itself. */
export interface ImageProcess {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** What an image runs that the engine has. */
export async function imageProcess(reference: string): Promise<ImageProcess> {
  const { Config: config } = await engine.getImage(reference).inspect();
  type Words = readonly string[] | null;
  const { Entrypoint: entrypoint, Cmd: command } = config as { Entrypoint?: Words; Cmd?: Words };
  return { entrypoint: entrypoint ?? [], command: command ?? [] };
}

/**
 * Pulls an image, also when the engine has an image of this name. Resolves after the pull.
 *
 * @param logins The login of the image's registry is among them, if there is one.
 */
export async function pullImage(
  reference: string,
  platform: string | undefined,
  logins: RegistryLogins,
): Promise<void> {
  const authconfig = authconfigFor(reference, logins);
  const progress = await engine.pull(reference, {
    ...(platform === undefined ? {} : { platform }),
    ...(authconfig === undefined ? {} : { authconfig }),
  });
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(progress, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/**
 * Removes an image. An image that is gone already counts as removed.
 *
 * @returns `false` for an image that a container uses, which stays.
 */
export async function removeImage(reference: string): Promise<boolean> {
  try {
    await engine.getImage(reference).remove();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 409) return false;
    if (isNotFound(error)) return true;
    throw error;
  }
}
