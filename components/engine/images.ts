import { engine, isNotFound } from "./engine.ts";

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

/** The entrypoint of an image that the engine has. */
export async function imageEntrypoint(reference: string): Promise<string[]> {
  const { Config: config } = await engine.getImage(reference).inspect();
  const { Entrypoint: words } = config as { readonly Entrypoint?: string[] | null };
  return words ?? [];
}

/** Pulls an image, also when the engine has an image of this name. Resolves after the pull. */
export async function pullImage(reference: string, platform: string | undefined): Promise<void> {
  const progress = await engine.pull(reference, platform === undefined ? {} : { platform });
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
