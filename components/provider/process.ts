import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { imageProcess, type ImageProcess } from "../engine/images.ts";
import { takesAway, type Service } from "../compose-spec/service.ts";
import type { Image } from "./image.ts";

type Process = Pick<docker.ContainerArgs, "entrypoints" | "command">;

/**
 * What a container runs. The provider drops an empty entrypoint, which takes the image's away, and refuses empty words
 * in a command, though not in an entrypoint; then all is said as the entrypoint, which is the same process.
 */
export function processOf({ entrypoint, command = [] }: Service, image: Image): Process {
  if (takesAway(entrypoint))
    return { entrypoints: command.length > 0 ? [...command] : ofImage(image, ({ command: words }) => words) };
  if (!command.includes("")) {
    return {
      ...(entrypoint === undefined ? {} : { entrypoints: entrypoint }),
      ...(command.length === 0 ? {} : { command }),
    };
  }
  if (entrypoint !== undefined) return { entrypoints: [...entrypoint, ...command] };
  return { entrypoints: ofImage(image, ({ entrypoint: words }) => [...words, ...command]) };
}

/** Words that only the image says. */
function ofImage(
  image: Image,
  choose: (process: ImageProcess) => readonly string[],
): pulumi.Output<string[]> {
  return pulumi.all([image.reference, image.id]).apply(async ([reference]) => {
    const process = imageProcess(reference);
    // In a preview, the image may not be there yet, or no engine.
    const nothing = { entrypoint: [], command: [] };
    return [...choose(await (pulumi.runtime.isDryRun() ? process.catch(() => nothing) : process))];
  });
}
