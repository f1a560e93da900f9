import { engine } from "./engine.ts";

/** The id of an image that the engine has. */
export async function imageId(reference: string): Promise<string> {
  const { Id: id } = await engine.getImage(reference).inspect();
  return id;
}

/** Pulls an image, whether or not the engine has one of this name; returns when it is there. */
export async function pullImage(reference: string, platform: string | undefined): Promise<void> {
  const progress = await engine.pull(reference, platform === undefined ? {} : { platform });
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(progress, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
