import type { Command } from "commander";
import type { Service } from "../compose-spec/service.ts";
import type { ImagesFile } from "../plan/images-file.ts";
import { askAbout } from "./ask-program.ts";
import type { Target } from "./target.ts";
import { composeOn } from "./compose-file.ts";
import { NeedsAttention } from "./needs-attention.ts";
import { compose, engine, need } from "./requirements.ts";
import type { ForegroundOptions } from "./run.ts";
import { stackCommand, targetOf } from "./stack-command.ts";

/** Builds images without an update. The next `up` takes them. */
export function buildCommand(): Command {
  return stackCommand("build", "build the images of services; the next up takes the images")
    .argument("[services...]", "the services whose images are built (default: all that have a build)")
    .option("--no-cache", "build every step again")
    .option("--pull", "pull the base images first, also where they are there")
    .action(async (services: readonly string[], { cache, pull = false }: BuildOptions, command: Command) => {
      const target = await targetOf(command);
      await need(engine, compose);
      const options = [...(cache ? [] : ["--no-cache"]), ...(pull ? ["--pull"] : [])];
      process.exitCode = await onImages(target, "build", services, options);
    });
}

type Stdio = NonNullable<ForegroundOptions["stdio"]>;

interface BuildOptions {
  readonly cache: boolean;
  readonly pull?: boolean;
}

/** Pulls images without an update. The next `up` takes them. */
export function pullCommand(): Command {
  return stackCommand("pull", "pull the images of services; the next up takes the images")
    .argument("[services...]", "the services whose images are pulled (default: all without a build)")
    .action(async (services: readonly string[], _options: object, command: Command) => {
      const target = await targetOf(command);
      await need(engine, compose);
      process.exitCode = await onImages(target, "pull", services, []);
    });
}

/**
 * Builds, from what is cached, those of the services that have a build.
 *
 * @param services None stands for all.
 * @returns Compose's exit code.
 */
export async function buildForUp(target: Target, services: readonly string[], stdio: Stdio): Promise<number> {
  return onImages(target, "build", services, [], { leavesOut: true, stdio });
}

/** @param leavesOut Whether a service that the verb is not for is left out, in place of being refused. */
async function onImages(
  target: Target,
  verb: "build" | "pull",
  services: readonly string[],
  options: readonly string[],
  { leavesOut, stdio }: { readonly leavesOut: boolean; readonly stdio: Stdio } = {
    leavesOut: false,
    stdio: "inherit",
  },
): Promise<number> {
  for (const { images } of await askAbout(services, target, verb, { images: true })) {
    const part = images && partOf(images, verb);
    const all = Object.keys(part?.file.services ?? {});
    const wrong = services.find((name) => images?.file.services?.[name] !== undefined && !all.includes(name));
    if (wrong !== undefined && !leavesOut) {
      throw new NeedsAttention(
        verb === "build" ? `${wrong} has no build: its image is pulled` : `${wrong} is built, and not pulled`,
        verb === "build"
          ? "Pull the image, or leave the service out."
          : "Build the image, or leave the service out.",
      );
    }
    const chosen = all.filter((name) => services.length === 0 || services.includes(name));
    if (part === undefined || chosen.length === 0) continue;
    const code = await composeOn(part, [verb, ...options, ...chosen], stdio);
    if (code !== 0) return code;
  }
  return 0;
}

/** The services that the verb is for. */
function partOf({ file, variables }: ImagesFile, verb: "build" | "pull"): ImagesFile {
  const isFor = ({ build }: Service) => (build !== undefined) === (verb === "build");
  const services = Object.entries(file.services ?? {}).filter(([, service]) => isFor(service));
  return { file: { ...file, services: Object.fromEntries(services) }, variables };
}
